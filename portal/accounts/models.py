"""People who sign in."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from portal.core.clock import validate_zone


class Role(models.TextChoices):
    """What somebody is in the whole company, besides member or lead of a team."""

    ENGINEER = "ENGINEER", "Engineer"
    OPERATIONS = "OPERATIONS", "Operations"
    EXECUTIVE = "EXECUTIVE", "Executive"
    AUDITOR = "AUDITOR", "Auditor"


# They see everything and change nothing but their own profile, whatever teams they are in.
READING_ROLES = (Role.EXECUTIVE, Role.AUDITOR)


class Theme(models.TextChoices):
    """Which colours the pages take."""

    SYSTEM = "SYSTEM", "As the system"
    LIGHT = "LIGHT", "Light"
    DARK = "DARK", "Dark"


class UserManager(BaseUserManager["User"]):
    """Creates users; the address is compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Return a new saved user; without a password sign-in is impossible."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: object
    ) -> "User":
        """Return a new saved user with the operations role."""
        return self.create_user(email, password, role=Role.OPERATIONS, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role, default=Role.ENGINEER)
    zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="accounts_user_email_lower",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The stable label of this person in the audit trail."""
        return f"user:{self.email}"

    @property
    def is_staff(self) -> bool:
        """Whether the person runs the portal."""
        return self.role == Role.OPERATIONS
