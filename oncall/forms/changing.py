"""A rota that is being changed: its layers, from an instant on, and what that changes."""

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from oncall.adapters.definitions import calendar_of, draft_of
from oncall.forms.editor import Editor, next_handoff, typed_layers
from oncall.forms.rotas import HANDOFF
from oncall.forms.typed import Typed
from oncall.models import Rota, RotaVersion
from oncall.rota import LayerDraft
from oncall.selectors.rotas import version_at, version_of
from oncall.selectors.trying import Comparison, comparison
from oncall.services import rotas as services
from portal.accounts.models import User
from portal.catalogue.models import Team


class ChangedRota(Editor):
    """The layers of a rota that is there, from an instant on."""

    def __init__(self, typed: Typed, *, of: Rota, user: User, now: datetime) -> None:
        super().__init__(typed, user=user, now=now)
        self.stored = of

    @classmethod
    def beginning(cls, rota: Rota, *, user: User, now: datetime, number: int = 0) -> "ChangedRota":
        """Return the page as it opens, with the layers of a version, or of the one that counts."""
        values = {"when": HANDOFF, "seen": str(rota.revision)}
        editor = cls(Typed(Typed.empty() | values), of=rota, user=user, now=now)
        older = version_of(rota, number) if number else None
        layers = _layers_of(older) if older else editor.current_layers
        editor.typed.layers = typed_layers(layers, rota)
        return editor

    @property
    def team(self) -> Team:
        return self.stored.team

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.stored.zone)

    def rota(self) -> Rota:
        return self.stored

    @cached_property
    def current_layers(self) -> list[LayerDraft]:
        """The layers of the version that counts now."""
        version = version_at(self.stored, self.now)
        return _layers_of(version) if version else []

    @cached_property
    def _handoff(self) -> datetime:
        turning = next((one for one in self.current_layers if one.unit or one.turn_days), None)
        if turning is None:
            return self.now
        return next_handoff(turning, calendar_of(self.stored, frozenset()), self.now)

    def handoff(self) -> datetime:
        return self._handoff

    @cached_property
    def comparison(self) -> Comparison | None:
        """What it would change, or None while something is left to mend."""
        return comparison(self.plan, starts_at=self.starts_at) if self.plan else None

    def change(self) -> bool:
        """Let the layers count from then on, or return False with the faults at their fields."""
        self.is_checked = True
        self._take_in_typed_people()
        if not self.is_sound:
            return False
        chosen = self.start.cleaned_data
        try:
            services.change_definition(
                rota=self.stored,
                layers=self.drafts or [],
                starts_at=self.starts_at,
                seen=chosen["seen"] or 0,
                reason=chosen["reason"].strip(),
                actor=self.user,
                now=self.now,
            )
        except services.StaleError as error:
            self.start.add_error(None, str(error))
            # What is typed stays; who saves again has seen what the other did.
            self.typed.values["seen"] = str(self.stored.revision)
        except services.StartError as error:
            self.start.add_error("from_day", str(error))
        except services.RetiredRotaError as error:
            self.start.add_error(None, str(error))
        except services.DefinitionError as error:
            self.put_faults(error.faults)
        else:
            return True
        self.is_sound = False
        return False


def _layers_of(version: RotaVersion) -> list[LayerDraft]:
    return [draft_of(layer) for layer in version.layers.all()]
