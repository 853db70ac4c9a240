"""Who acts without being a person."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The pipeline of one application: it does what people of the owner team may do to that one.

    It reads and changes nothing else. `label` names its token in the audit trail.
    """

    label: str
    application_id: int

    pk: ClassVar[None] = None
    role: ClassVar[str] = ""
    is_active: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
