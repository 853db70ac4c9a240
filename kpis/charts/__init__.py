"""The charts of a KPI page: words and tables for everybody, figures for the script that draws."""

from kpis.charts.figures import figures
from kpis.charts.tables import Chart, charts

__all__ = ["Chart", "charts", "figures"]
