"""The catalogue as code: descriptor files read, checked, compared, applied, exported and synchronised."""
