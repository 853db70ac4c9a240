"""What on-call decides without a database: how a claim moves, what makes a team ready."""
