"""Pages of the KPIs: the rows behind every number, deployments and incidents."""
