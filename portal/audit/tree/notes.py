"""Signed notes, checkpoints and receipts as C2SP specifies them.

`signed-note`: a text, an empty line, and a line per signature. `tlog-checkpoint`: a note whose text
is an origin, a size and a root. `tlog-proof`: a leaf's index and inclusion proof with a checkpoint.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from portal.audit.tree.merkle import HASH_BYTES, verify_inclusion

ED25519 = 1
COSIGNATURE = 4
KEY_BYTES = 32
KEY_ID_BYTES = 4
TIME_BYTES = 8
SIGNATURE_BYTES = 64
MOST_SIGNATURES = 100
MOST_BYTES = 1_000_000
NUMBER = re.compile(r"(0|[1-9][0-9]*)\Z", re.ASCII)
SIGNATURE_LINE = "\N{EM DASH} "
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


class NoteError(ValueError):
    """A note, key, checkpoint or receipt is not one, or no known key vouches for it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under; `algorithm` 1 signs notes, 4 cosigns checkpoints."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise NoteError(f"“{self.name}” is no name of a key: no spaces, no plus sign.")
        if self.algorithm not in {ED25519, COSIGNATURE} or len(self.public) != KEY_BYTES:
            raise NoteError("It is not an Ed25519 key.")

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a key as it is written: `name+id+base64`.

        Raises:
            NoteError: it is not one, or its id is not that of the key.
        """
        name, _, rest = text.partition("+")
        stated, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if not data:
            raise NoteError("It is not a verifier key: name+id+base64.")
        key = cls(name, data[1:], data[0])
        if key.id.hex() != stated:
            raise NoteError("The id of the key is not that of its bytes.")
        return key

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash of name and key, which signature lines carry."""
        named = f"{self.name}\n".encode() + bytes([self.algorithm]) + self.public
        return hashlib.sha256(named).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Return whether a signature, its key id left off, is of this key over a text."""
        message = text.encode()
        if self.algorithm == COSIGNATURE:
            seconds, signature = signature[:TIME_BYTES], signature[TIME_BYTES:]
            message = _cosigned(text, int.from_bytes(seconds, "big"))
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name it signs under; `seed` are its 32 bytes."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        """The key that verifies signatures of notes."""
        return VerifierKey(self.name, self._public())

    @property
    def witness(self) -> VerifierKey:
        """The key that verifies cosignatures of checkpoints."""
        return VerifierKey(self.name, self._public(), COSIGNATURE)

    def sign(self, text: str) -> str:
        """Return the signature line over a text that ends with a newline."""
        signature = self._key().sign(text.encode())
        return _line(self.name, self.verifier.id + signature)

    def cosign(self, text: str, seconds: int) -> str:
        """Return the line that cosigns a checkpoint at a time in Unix seconds."""
        signature = self._key().sign(_cosigned(text, seconds))
        stamp = seconds.to_bytes(TIME_BYTES, "big")
        return _line(self.name, self.witness.id + stamp + signature)

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _public(self) -> bytes:
        return self._key().public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and who of the known keys signed it."""

    text: str
    verified: tuple[VerifierKey, ...]


def signed(text: str, lines: Iterable[str]) -> str:
    """Return a note from its text and its signature lines.

    Raises:
        NoteError: the text does not end with a newline.
    """
    if not text.endswith("\n"):
        raise NoteError("The text of a note ends with a newline.")
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, keys: Iterable[VerifierKey]) -> Note:
    """Return what a note says when at least one known key signed it, and none signed wrongly.

    Lines of unknown keys are passed over. A key with a name and id of one that is known but
    another signature spoils the note.

    Raises:
        NoteError: otherwise, or the note is not well formed.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.id): key for key in keys}
    verified: dict[tuple[str, bytes], VerifierKey] = {}
    for name, signature in signatures:
        place = (name, signature[:KEY_ID_BYTES])
        if place in verified or (key := known.get(place)) is None:
            continue
        if not key.verifies(text, signature[KEY_ID_BYTES:]):
            raise NoteError(f"The signature of {name} is not of this text.")
        verified[place] = key
    if not verified:
        raise NoteError("No key that is known here has signed it.")
    return Note(text, tuple(verified.values()))


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text of a note, and name and bytes of each signature, nothing verified.

    Raises:
        NoteError: it is not well formed.
    """
    if len(note.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise NoteError("The note is too long.")
    if any(ord(char) < ord(" ") and char != "\n" for char in note) or "\ufffd" in note:
        raise NoteError("The note has characters that do not belong in one.")
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise NoteError("It is not a signed note: a text, an empty line, and signatures.")
    found = [_signature(line) for line in lines[:-1].split("\n")]
    if len(found) > MOST_SIGNATURES:
        raise NoteError(f"A note has at most {MOST_SIGNATURES} signatures.")
    return f"{text}\n", found


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: so many leaves, with that root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text of the note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a note; extension lines are allowed and passed over.

        Raises:
            NoteError: it is not a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - three lines
            raise NoteError("A checkpoint has three lines: origin, size and root.")
        origin, size, root = lines[:3]
        decoded = _decoded(root)
        if not NUMBER.match(size) or len(decoded) != HASH_BYTES:
            raise NoteError("The size or the root of the checkpoint is not one.")
        return cls(origin, int(size), decoded)


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a leaf is in the log of a checkpoint, for who has the leaf itself."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """The receipt as C2SP's `tlog-proof` writes it."""
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.proof)
        return f"{PROOF_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Read a receipt; nothing is verified.

        Raises:
            NoteError: it is not one.
        """
        head, separator, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        index = lines[0].removeprefix("index ") if lines else ""
        if not separator or header != PROOF_HEADER or not NUMBER.match(index):
            raise NoteError("It is not a receipt: a header, an index, hashes and a checkpoint.")
        proof = tuple(_decoded(line) for line in lines[1:])
        if any(len(one) != HASH_BYTES for one in proof):
            raise NoteError("A line of the proof is not a hash.")
        return cls(int(index), proof, checkpoint)

    def verify(self, leaf: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
        """Return the checkpoint that proves a leaf, by its hash.

        Raises:
            NoteError: no known key signed the checkpoint.
            ProofError: the proof does not lead to its root.
        """
        found = Checkpoint.parse(open_note(self.checkpoint, keys).text)
        verify_inclusion(
            leaf=leaf, index=self.index, size=found.size, proof=self.proof, root=found.root
        )
        return found


def _line(name: str, data: bytes) -> str:
    return f"{SIGNATURE_LINE}{name} {base64.b64encode(data).decode()}\n"


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(SIGNATURE_LINE).partition(" ")
    data = _decoded(encoded)
    if not line.startswith(SIGNATURE_LINE) or not _is_name(name) or len(data) <= KEY_ID_BYTES:
        raise NoteError("A signature line is not one: a dash, a name, and bytes in base64.")
    return name, data


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _is_name(name: str) -> bool:
    return bool(name) and not any(char.isspace() or char == "+" for char in name)


def _decoded(text: str) -> bytes:
    """Return the bytes of standard base64 in its one canonical form, none if it is not that."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""
