import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from confluence_pipeline.site.corpus import CorpusError, corpus_seed
from confluence_pipeline_tests.shared import shared_dir

Line = dict[str, object]
Write = Callable[..., Path]


def line(content_id: str, **members: object) -> Line:
    """Return a whole line of a corpus file, with some members replaced."""
    return {
        "space_key": "TEA",
        "space_name": "Tea",
        "id": content_id,
        "title": f"Page {content_id}",
        "body_storage": f"<p>{content_id}</p>",
        **members,
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines into a corpus folder and return the folder."""

    def write_lines(*lines: Line | str, name: str = "TEA.jsonl") -> Path:
        folder = tmp_path / "spaces"
        folder.mkdir(exist_ok=True)
        texts = (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in lines)
        (folder / name).write_text("".join(f"{text}\n" for text in texts), encoding="utf-8", newline="\n")
        return folder

    return write_lines


def test_every_line_is_a_page_with_its_body() -> None:
    """Every line of the real corpus becomes one page with its id, title, parent, labels and exact body."""
    folder = shared_dir("corpus/spaces")
    expected = [json.loads(text) for path in sorted(folder.glob("*.jsonl")) for text in path.read_bytes().splitlines()]
    found = {content.content_id: content for content in corpus_seed(folder).contents}
    assert len(found) == len(expected)
    for record in expected:
        content = found[record["id"]]
        assert content.body_storage == record["body_storage"]
        assert (content.title, content.parent) == (record["title"], record.get("parent_id"))
        assert (content.space_key, list(content.labels)) == (record["space_key"], record.get("labels", []))


def test_attachments_of_the_corpus_load() -> None:
    """Every file that a page of the real corpus lists is there with its size."""
    files = [each for page in corpus_seed(shared_dir("corpus/spaces")).contents for each in page.attachments]
    assert files
    assert all(len(each.load.read()) == each.size for each in files)


def test_the_same_folder_gives_the_same_site(write: Write) -> None:
    """Authors and dates are invented, but the same on every reading."""
    folder = write(*(line(str(number)) for number in range(1, 40)))
    first, second = corpus_seed(folder), corpus_seed(folder)
    assert (list(first.contents), list(first.spaces)) == (list(second.contents), list(second.spaces))
    assert {user.account_id for user in first.users} >= {page.author_id for page in corpus_seed(folder).contents}


def test_parents_come_before_children(write: Write) -> None:
    """A child written before its parent is given after it, and the others keep their order."""
    folder = write(line("3", parent_id="2"), line("2", parent_id="1"), line("4"), line("1"))
    assert [page.content_id for page in corpus_seed(folder).contents] == ["1", "2", "3", "4"]


def test_a_homepage_is_the_first_root(write: Write) -> None:
    """Each space's homepage is its first page without a parent."""
    write(line("8", space_key="CUP", space_name="Cups"), name="CUP.jsonl")
    folder = write(line("3", parent_id="2"), line("2"), line("1"))
    assert {space.key: space.homepage for space in corpus_seed(folder).spaces} == {"CUP": "8", "TEA": "2"}


def test_positions_are_kept_or_counted(write: Write) -> None:
    """A page keeps its position; one without takes its turn among its siblings."""
    folder = write(line("1"), line("2", parent_id="1"), line("3", parent_id="1"), line("4", position=9))
    assert [page.position for page in corpus_seed(folder).contents] == [0, 0, 1, 9]


def test_a_body_may_hold_any_line_separator(write: Write) -> None:
    """Only a line feed ends a line of the file; other separators belong to the body."""
    body = "<p>one\u2028two\u0085three\r</p>"
    (page,) = corpus_seed(write(line("1", body_storage=body))).contents
    assert page.body_storage == body


def test_an_empty_body_is_a_body(write: Write) -> None:
    """A page may be empty."""
    (page,) = corpus_seed(write(line("1", body_storage=""))).contents
    assert page.body_storage == ""


def test_labels_and_editor_are_taken(write: Write) -> None:
    """Labels become labels, and the editor becomes the property that Confluence keeps it in."""
    (page,) = corpus_seed(write(line("1", labels=["green", "tea"], editor="v2"))).contents
    assert list(page.labels) == ["green", "tea"]
    assert list(page.properties) == [("editor", "v2")]


def listed(content: bytes, **members: object) -> Line:
    """Return an attachment as a line lists it."""
    digest = hashlib.sha256(content).hexdigest()
    return {"filename": "a.txt", "media_type": "text/plain", "size": len(content), "sha256": digest, **members}


def test_an_attachment_is_read_from_beside_the_folder(write: Write, tmp_path: Path) -> None:
    """A file is looked up below attachments by space, page and name, when its bytes are asked for."""
    (page,) = corpus_seed(write(line("1", attachments=[listed(b"leaf")]))).contents
    home = tmp_path / "attachments/TEA/1"
    home.mkdir(parents=True)
    (home / "a.txt").write_bytes(b"leaf")
    assert page.attachments[0].load.read() == b"leaf"


def test_an_absent_file_is_listed_but_does_not_load(write: Write) -> None:
    """A file that is absent keeps its facts, and says where it should be when it is asked for."""
    (page,) = corpus_seed(write(line("1", attachments=[listed(b"leaf")]))).contents
    assert (page.attachments[0].filename, page.attachments[0].size) == ("a.txt", 4)
    with pytest.raises(FileNotFoundError, match=r"attachments/TEA/1/a\.txt"):
        page.attachments[0].load.read()


def test_a_changed_file_does_not_load(write: Write, tmp_path: Path) -> None:
    """A file whose bytes are not the listed ones is refused."""
    (page,) = corpus_seed(write(line("1", attachments=[listed(b"leaf")]))).contents
    home = tmp_path / "attachments/TEA/1"
    home.mkdir(parents=True)
    (home / "a.txt").write_bytes(b"twig")
    with pytest.raises(CorpusError, match="SHA-256"):
        page.attachments[0].load.read()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is refused by name."""
    with pytest.raises(CorpusError, match="nowhere is not a folder"):
        corpus_seed(tmp_path / "nowhere")


def test_a_folder_without_pages_is_named(tmp_path: Path) -> None:
    """A folder with no file, or only empty files, is refused by name."""
    with pytest.raises(CorpusError, match=r"no \*\.jsonl file"):
        corpus_seed(tmp_path)
    (tmp_path / "EMPTY.jsonl").touch()
    with pytest.raises(CorpusError, match="are empty"):
        corpus_seed(tmp_path)


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        (line("2", body_storage=None), "'body_storage' must be a string"),
        (line("2", title=""), "'title' must be a non-empty string"),
        (line("x"), "'id' 'x' is no content id"),
        (line("9" * 5000), "is no content id"),
        (line("2", space_key="../up"), "'space_key' '../up' is no space key"),
        (line("2", parent_id="77"), "the parent 77 is not in the space TEA"),
        (line("2", parent_id="2"), "its own ancestor"),
        (line("2", parent_title="Page 1"), "without 'parent_id'"),
        (line("2", position="first"), "'position' must be an integer"),
        (line("2", labels="green"), "'labels' must be a list"),
        (line("2", labels=[1]), "each label must be"),
        (line("2", attachments=["a.txt"]), "each attachment must be an object"),
        (line("2", attachments=[listed(b"", filename="../a.txt")]), "is a path"),
        (line("2", attachments=[listed(b"", size=-1)]), "needs its 'size'"),
        (line("2", attachments=[listed(b"", sha256="beef")]), "64 lower-case hexadecimal"),
        (line("1"), r"the id 1 is taken by .*TEA\.jsonl:1"),
        (line("2", space_name="Coffee"), "named 'Coffee' here and 'Tea' at"),
    ],
)
def test_a_bad_line_is_refused_at_its_place(write: Write, bad: Line | str, complaint: str) -> None:
    """A line that cannot be served is refused with its file, its number and the reason."""
    with pytest.raises(CorpusError, match=rf"TEA\.jsonl:2: .*{complaint}"):
        corpus_seed(write(line("1"), bad))


def test_half_a_character_is_refused(write: Write) -> None:
    """A title that cannot be written as UTF-8 is refused at its place."""
    broken = json.dumps(line("2", title="half \ud83d"), ensure_ascii=True)
    with pytest.raises(CorpusError, match=r"TEA\.jsonl:2: 'title' holds half a surrogate pair"):
        corpus_seed(write(line("1"), broken))


def test_a_repeated_title_is_kept_and_reported(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Two pages of one title are both served, and a warning names the place."""
    folder = write(line("1", title="Twin"), line("2", title="Twin"))
    with caplog.at_level(logging.WARNING):
        assert [page.title for page in corpus_seed(folder).contents] == ["Twin", "Twin"]
    assert "TEA.jsonl:2" in caplog.text


def test_a_file_that_changes_meanwhile_is_refused(write: Write) -> None:
    """A body is not taken from a file that no longer holds its page where it was."""
    folder = write(line("1"), line("2"))
    contents = corpus_seed(folder).contents
    write(line("3"))
    with pytest.raises(CorpusError, match="has changed"):
        list(contents)
