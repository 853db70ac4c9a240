"""What comes in from outside: delivery histories of git repositories."""
