"""The text of attachments as it was read out of their bytes: one file a blob.

::

    raw/texts/ab/abcd….json    text, what read it, and why there is none

The text belongs to the bytes. Where the same bytes are attached as two kinds of file, they are read once, as the kind
that was met first.
"""

from collections.abc import Iterable, Mapping

from confluence_pipeline.confluence import AttachmentRecord, ConfluenceClient
from confluence_pipeline.extraction import Extracted, TextExtractor, readable_as
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.blobs import Blob, BlobStore
from confluence_pipeline.landing.codec import decode, encode

_TEXTS = "raw/texts"
_ENDING = ".json"


class TextStore:
    """Where the text of attachments lies in a lake.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def get(self, sha256: str) -> Extracted | None:
        """Return what was read out of a blob; None if it was never tried.

        Raises:
            ValueError: If ``sha256`` is not 64 lower-case hex digits.
        """
        path = self._path(sha256)
        return decode(Extracted, self._lake.read_bytes(path).decode()) if self._lake.exists(path) else None

    def put(self, sha256: str, extracted: Extracted) -> None:
        """Store what was read out of a blob, in place of what was there."""
        self._lake.write_bytes(self._path(sha256), encode(extracted).encode())

    def present(self) -> frozenset[str]:
        """Return the digests of the blobs whose text was tried, by listing."""
        names = (path.rpartition("/")[2] for path in self._lake.list_files(_TEXTS))
        return frozenset(name.removesuffix(_ENDING) for name in names)

    def drop(self, keep: Iterable[str]) -> None:
        """Remove the text of all blobs but those in ``keep``."""
        for sha256 in sorted(self.present() - set(keep)):
            self._lake.remove(f"{_TEXTS}/{sha256[:2]}/{sha256}{_ENDING}")

    def _path(self, sha256: str) -> str:
        _, folder, name = BlobStore(self._lake).path(sha256).split("/")
        return f"{_TEXTS}/{folder}/{name}{_ENDING}"


def land_texts(
    client: ConfluenceClient,
    lake: Lake,
    extractor: TextExtractor,
    files: Iterable[tuple[AttachmentRecord, Blob]],
    read_before: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Read the text of blobs and land it, several side by side; what this extractor has read before is not read again.

    Args:
        client: Lends its threads.
        lake: Where the blobs are and the text lands.
        extractor: Reads the files.
        files: Attachments with their blobs; kinds of file that have no text are passed over.
        read_before: The error, or None, by digest, of what is known to be read by this extractor.

    Returns:
        The error, or None, by digest, of every blob that was read, now or before.

    Raises:
        LakeError: The lake cannot be read or written.
    """
    texts, blobs = TextStore(lake), BlobStore(lake)
    kinds = _kinds(files)
    present = texts.present()

    def read(sha256: str) -> str | None:
        known = texts.get(sha256) if sha256 in present else None
        if known is not None and known.extractor == extractor.extractor:
            return known.error
        with lake.local_copy(blobs.path(sha256)) as path:
            extracted = extractor.extract(path, kinds[sha256])
        texts.put(sha256, extracted)
        return extracted.error

    errors = {sha256: error for sha256, error in read_before.items() if sha256 in kinds and sha256 in present}
    wanted = sorted(kinds.keys() - errors.keys())
    return errors | dict(zip(wanted, client.in_parallel(read, wanted), strict=True))


def _kinds(files: Iterable[tuple[AttachmentRecord, Blob]]) -> dict[str, str]:
    """Return by digest as what each blob is read; of several attachments, the one whose id comes first decides."""
    kinds: dict[str, str] = {}
    for attachment, blob in sorted(files, key=lambda file: file[0].attachment_id):
        kind = readable_as(attachment.media_type, attachment.title)
        if kind is not None:
            kinds.setdefault(blob.sha256, kind)
    return kinds
