"""How panels look, and where they get their data from: the same on every dashboard."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS = models.DataSourceRef(type_val="prometheus", uid="prometheus")
WAREHOUSE = models.DataSourceRef(type_val="grafana-postgresql-datasource", uid="almacen")
"""As compose/grafana/provisioning/datasources names them."""

WIDTH, HEIGHT = 24, 8
"""Of a whole row of the grid, and of a panel unless it says otherwise."""

Query = builder.Builder[variants.Dataquery]
Panel = builder.Builder[models.Panel]


class _Sql(variants.Dataquery):
    """A query of the PostgreSQL data source, for which the SDK has no class."""

    def __init__(self, statement: str, form: Literal["table", "time_series"]) -> None:
        self.statement, self.form = statement, form

    def to_json(self) -> dict[str, object]:
        return {
            "refId": "A",
            "datasource": WAREHOUSE,
            "editorMode": "code",
            "format": self.form,
            "rawQuery": True,
            "rawSql": self.statement,
        }


class _SqlBuilder(builder.Builder[variants.Dataquery]):
    def __init__(self, query: _Sql) -> None:
        self._query = query

    def build(self) -> variants.Dataquery:
        return self._query


def prom(expression: str, legend: str = "") -> Query:
    """Return a query of Prometheus over the time range on display."""
    query = prometheus.Dataquery().expr(expression).legend_format(legend).range()
    return query.datasource(PROMETHEUS)


def prom_now(expression: str) -> Query:
    """Return a query of Prometheus for how it is now, as a table."""
    query = prometheus.Dataquery().expr(expression).instant().format(PromQueryFormat.TABLE)
    return query.datasource(PROMETHEUS)


def sql(statement: str) -> Query:
    """Return a query of the warehouse that gives a table."""
    return _SqlBuilder(_Sql(_tidy(statement), "table"))


def sql_series(statement: str) -> Query:
    """Return a query of the warehouse that gives columns time, metric and value."""
    return _SqlBuilder(_Sql(_tidy(statement), "time_series"))


def _tidy(statement: str) -> str:
    lines = statement.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:].rstrip() for line in lines).strip()


def number(
    title: str, says: str, query: Query, *, unit: str = "short", decimals: int | None = None,
    steps: Sequence[tuple[float, str]] = (), width: int = 4,
) -> Panel:  # fmt: skip
    """Return one big number; ``steps`` are (from this value on, this color)."""
    panel = (
        stat.Panel()
        .title(title).description(says).datasource(_source(query)).with_target(query)
        .unit(unit).span(width).height(4)
        .graph_mode(kinds.BigValueGraphMode.AREA)
        .thresholds(_thresholds(steps))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )  # fmt: skip
    return panel if decimals is None else panel.decimals(decimals)


def lines(
    title: str, says: str, *queries: Query, unit: str = "short", width: int = 8,
    stacked: bool = False,
) -> Panel:  # fmt: skip
    """Return lines over time."""
    panel = (
        timeseries.Panel()
        .title(title).description(says).datasource(_source(queries[0]))
        .unit(unit).min(0).span(width).height(HEIGHT)
        .line_width(1).fill_opacity(25 if stacked else 8)
        .show_points(kinds.VisibilityMode.NEVER)
        .legend(_legend()).tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI))
    )  # fmt: skip
    for query in queries:
        panel = panel.with_target(query)
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    return panel


def bars(
    title: str, says: str, query: Query, *, x: str, unit: str = "short", width: int = 12,
    decimals: int | None = None, top: float | None = None,
) -> Panel:  # fmt: skip
    """Return upright bars, one a row of the query; ``x`` is the column below them."""
    panel = (
        barchart.Panel()
        .title(title).description(says).datasource(_source(query)).with_target(query)
        .x_field(x).unit(unit).min(0).span(width).height(HEIGHT)
        .fill_opacity(70).show_value(kinds.VisibilityMode.AUTO).legend(_legend())
    )  # fmt: skip
    if decimals is not None:
        panel = panel.decimals(decimals)
    return panel if top is None else panel.max(top)


def ranking(title: str, says: str, query: Query, *, unit: str = "short", width: int = 8) -> Panel:
    """Return lying bars, one a row: the first column names it, the second is its length."""
    return (
        bargauge.Panel()
        .title(title).description(says).datasource(_source(query)).with_target(query)
        .unit(unit).min(0).span(width).height(HEIGHT)
        .orientation(kinds.VizOrientation.HORIZONTAL).display_mode(kinds.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().values(True).limit(20))
    )  # fmt: skip


def listing(
    title: str, says: str, query: Query, *, width: int = 12, units: dict[str, str] | None = None,
    hidden: Sequence[str] = (),
) -> Panel:  # fmt: skip
    """Return a table; ``units`` by column, and the columns that are not shown."""
    panel = (
        table.Panel()
        .title(title).description(says).datasource(_source(query)).with_target(query)
        .span(width).height(HEIGHT)
    )  # fmt: skip
    for column, unit in (units or {}).items():
        panel = panel.override_by_name(column, [models.DynamicConfigValue("unit", unit)])
    if hidden:
        options = {"excludeByName": dict.fromkeys(hidden, True)}
        panel = panel.with_transformation(
            models.DataTransformerConfig(id_val="organize", options=options)
        )
    return panel


def sheet(uid: str, title: str, says: str, *, hours: int, refresh: str) -> dashboard.Dashboard:
    """Return an empty dashboard that shows the last ``hours``."""
    return (
        dashboard.Dashboard(title)
        .uid(f"academico-{uid}").description(says).tags(["academico"]).readonly()
        .time(f"now-{hours}h", "now").refresh(refresh).timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(dashboard.DashboardLink("Tableros").type(models.DashboardLinkType.DASHBOARDS)
              .tags(["academico"]).include_vars(False).keep_time(True))
    )  # fmt: skip


def choice(name: str, label: str, statement: str, *, several: bool = False) -> builder.Builder[Any]:
    """Return a variable that is chosen from the rows of a query of the warehouse."""
    variable = (
        dashboard.QueryVariable(name)
        .label(label).datasource(WAREHOUSE).query(_tidy(statement))
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD).sort(models.VariableSort.DISABLED)
    )  # fmt: skip
    if not several:
        return variable
    everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(True).include_all(True).current(everything)


def as_json(made: dashboard.Dashboard) -> str:
    """Return the text of a dashboard's file."""
    held = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    for number_, panel in enumerate(held["panels"], start=1):
        panel["id"] = number_
        for ref, target in zip("ABCDEFGH", panel.get("targets", []), strict=False):
            target["refId"] = ref
    return json.dumps(held, ensure_ascii=False, indent=2) + "\n"


def _source(query: Query) -> models.DataSourceRef:
    return WAREHOUSE if isinstance(query, _SqlBuilder) else PROMETHEUS


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(kinds.LegendDisplayMode.LIST)
    return legend.placement(kinds.LegendPlacement.BOTTOM).show_legend(True)


def _thresholds(steps: Sequence[tuple[float, str]]) -> dashboard.ThresholdsConfig:
    first = models.Threshold(value=None, color="blue" if not steps else "green")
    rest = [models.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([first, *rest])
