"""Settings: `env` reads the environment, `base` is common, `dev`, `test` and `prod` differ."""
