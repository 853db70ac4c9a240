"""Pure arithmetic of the KPIs: definitions, percentiles, periods. No framework here."""
