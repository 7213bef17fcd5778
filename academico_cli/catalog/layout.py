"""Places the boxes of a graph in layers, from top to bottom, with few crossings.

Sugiyama's method in its plainest form: longest paths give the layers, edges that skip layers are
led through invisible boxes, neighbours' mean places give the order, and the places themselves are
as near to their neighbours' as the boxes' widths allow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

Size = tuple[float, float]
Edge = tuple[str, str]

_SWEEPS = 24
_BEND = 12.0  # room of an edge on its way through a layer
_STIFF = 60.0


class Layout(NamedTuple):
    """Where everything is; the origin is the upper left corner."""

    width: float
    height: float
    centers: dict[str, tuple[float, float]]
    routes: dict[Edge, list[tuple[float, float]]]
    """For each edge its points: out of one box, through the layers, into the other."""


def place(sizes: Mapping[str, Size], edges: Iterable[Edge], gap: Size) -> Layout:
    """Lay a graph out; an edge that would close a circle is turned round for the purpose.

    Args:
        sizes: width and height of each box.
        edges: from the upper to the lower box; both are in ``sizes``.
        gap: least distance of two boxes beside each other, and of two layers.
    """
    links = _without_circles(sizes, [edge for edge in dict.fromkeys(edges) if edge[0] != edge[1]])
    layer_of = _layers(sizes, links)
    chains = {edge: _chain(edge, layer_of) for edge in links}
    layers: list[list[str]] = [[] for _ in range(max(layer_of.values(), default=0) + 1)]
    for chain in [[name] for name in sizes] + [chain[1:-1] for chain in chains.values()]:
        for name in chain:
            layers[layer_of[name]].append(name)
    above: defaultdict[str, list[str]] = defaultdict(list)
    below: defaultdict[str, list[str]] = defaultdict(list)
    for chain in chains.values():
        for a, b in pairwise(chain):
            below[a].append(b)
            above[b].append(a)
    _order(layers, above, below)
    xs = _spread(layers, above, below, sizes, gap[0])
    return _finished(layers, xs, sizes, chains, gap[1])


def _without_circles(sizes: Mapping[str, Size], edges: list[Edge]) -> list[Edge]:
    outgoing: defaultdict[str, list[str]] = defaultdict(list)
    for a, b in edges:
        outgoing[a].append(b)
    state: dict[str, int] = {}
    kept: list[Edge] = []

    def visit(name: str) -> None:
        state[name] = 1
        for other in outgoing[name]:
            if state.get(other) == 1:
                kept.append((other, name))
                continue
            kept.append((name, other))
            if other not in state:
                visit(other)
        state[name] = 2

    for name in sizes:
        if name not in state:
            visit(name)
    return list(dict.fromkeys(kept))


def _layers(sizes: Mapping[str, Size], edges: list[Edge]) -> dict[str, int]:
    layer = dict.fromkeys(sizes, 0)
    for _ in sizes:
        for a, b in edges:
            layer[b] = max(layer[b], layer[a] + 1)
    # A box that nothing leads to stands right above its first reader, and not far up alone.
    led_to = {b for _, b in edges}
    for name in sizes:
        readers = [layer[b] for a, b in edges if a == name]
        if name not in led_to and readers:
            layer[name] = min(readers) - 1
    return layer


def _chain(edge: Edge, layer_of: dict[str, int]) -> list[str]:
    first, last = layer_of[edge[0]], layer_of[edge[1]]
    between = [f"{edge[0]} > {edge[1]} > {i}" for i in range(first + 1, last)]
    layer_of.update(zip(between, range(first + 1, last), strict=True))
    return [edge[0], *between, edge[1]]


def _order(
    layers: list[list[str]], above: Mapping[str, list[str]], below: Mapping[str, list[str]]
) -> None:
    """Order each layer by the mean place of its neighbours; the least crossings win."""
    best, least = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for i in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            near = {name: k for k, name in enumerate(layers[i - 1 if down else i + 1])}
            neighbours = above if down else below
            means = {
                name: _mean([near[other] for other in neighbours.get(name, ())], k)
                for k, name in enumerate(layers[i])
            }
            layers[i].sort(key=means.__getitem__)
        found = _crossings(layers, below)
        if found < least:
            best, least = [list(layer) for layer in layers], found
    layers[:] = best


def _crossings(layers: list[list[str]], below: Mapping[str, list[str]]) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        place = {name: k for k, name in enumerate(lower)}
        ends = [sorted(place[b] for b in below.get(a, ())) for a in upper]
        for i, mine in enumerate(ends):
            for theirs in ends[i + 1 :]:
                count += sum(a > b for a in mine for b in theirs)
    return count


def _spread(
    layers: list[list[str]],
    above: Mapping[str, list[str]],
    below: Mapping[str, list[str]],
    boxes: Mapping[str, Size],
    gap: float,
) -> dict[str, float]:
    xs: dict[str, float] = {}
    for layer in layers:
        at = 0.0
        for name in layer:
            xs[name] = at + _width(name, boxes) / 2
            at += _width(name, boxes) + gap
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wished, weights = [], []
            for name in layer:
                near = [*above.get(name, ()), *below.get(name, ())]
                # An edge on its way through layers pulls itself straight before boxes move it.
                pulls = [_STIFF if name not in boxes and n not in boxes else 1.0 for n in near]
                weights.append(sum(pulls) or 1.0)
                pulled = sum(xs[n] * pull for n, pull in zip(near, pulls, strict=True))
                wished.append(pulled / weights[-1] if near else xs[name])
            places = _apart(wished, weights, [_width(name, boxes) for name in layer], gap)
            xs.update(zip(layer, places, strict=True))
    return xs


def _width(name: str, boxes: Mapping[str, Size]) -> float:
    return boxes[name][0] if name in boxes else _BEND


def _apart(
    wished: list[float], weights: list[float], widths: list[float], gap: float
) -> list[float]:
    """Return the places nearest to those wished for, in the same order and without overlap.

    Least squares under an order: pools of neighbours that would overlap share their mean.
    """
    offsets, at = [], 0.0
    for width in widths:
        offsets.append(at + width / 2)
        at += width + gap
    pools: list[tuple[float, float, int]] = []
    for wish, weight, offset in zip(wished, weights, offsets, strict=True):
        mean, pull, count = wish - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, others, size = pools.pop()
            mean = (mean * pull + other * others) / (pull + others)
            pull, count = pull + others, count + size
        pools.append((mean, pull, count))
    free = [mean for mean, _, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(free, offsets, strict=True)]


def _finished(
    layers: list[list[str]],
    xs: dict[str, float],
    sizes: Mapping[str, Size],
    chains: dict[Edge, list[str]],
    gap: float,
) -> Layout:
    left = min((xs[n] - _width(n, sizes) / 2 for layer in layers for n in layer), default=0.0)
    right = max((xs[n] + _width(n, sizes) / 2 for layer in layers for n in layer), default=0.0)
    tops, heights, y = {}, {}, 0.0
    for layer in layers:
        height = max((sizes[name][1] for name in layer if name in sizes), default=0.0)
        for name in layer:
            tops[name], heights[name] = y, height
        y += height + gap
    centers = {n: (xs[n] - left, tops[n] + sizes[n][1] / 2) for n in sizes}
    routes: dict[Edge, list[tuple[float, float]]] = {}
    for edge, chain in chains.items():
        first, *between, last = chain
        points = [(xs[first] - left, tops[first] + sizes[first][1])]
        for name in between:
            points += [(xs[name] - left, tops[name]), (xs[name] - left, tops[name] + heights[name])]
        routes[edge] = [*points, (xs[last] - left, tops[last])]
    return Layout(right - left, max(y - gap, 0.0), centers, routes)


def _mean(values: list[float] | list[int], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
