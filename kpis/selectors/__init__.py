"""What pages and the API read of the KPIs: scopes, roll-ups and the facts behind them."""
