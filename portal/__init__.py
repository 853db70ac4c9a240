"""The Django project and the platform apps of Quarterdeck."""
