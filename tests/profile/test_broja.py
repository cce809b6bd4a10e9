"""Certified information on gates whose truth is known, on hostile tables, and beside other people's solvers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.profile.gates import GATES, RDN, UNQ, XOR, Gate

from mintune.errors import EstimationError
from mintune.profile import barrier, interior_point
from mintune.profile.broja import Decomposition, decompose, decompose_many
from mintune.profile.interior_point import MAX_STEPS

PARTS = ("redundancy", "unique_1", "unique_2", "synergy")

TABLES = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 0.0, 1e-9, 0.01, 0.3, 1.0, 7.0]))
)


def solved(table: np.ndarray) -> Decomposition:
    """The table's decomposition; what is refused, such as some tables with tails of 1e-9, is no case of a law."""
    try:
        return decompose(table)
    except EstimationError:
        reject()


def parts_of(found: Decomposition) -> list[float]:
    return [getattr(found, part).value for part in PARTS]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-9])
def test_gates_have_their_closed_form(gate: Gate, scale: float) -> None:
    found = decompose(gate.table * scale)
    for part in PARTS:
        assert getattr(found, part).value == pytest.approx(getattr(gate, part), abs=1e-6), part
    assert found.gap_bits <= 1e-6


def hostile(kind: str, number: int) -> np.ndarray:
    draw = np.random.default_rng([number, len(kind)])
    shape = int(draw.integers(1, 13)), int(draw.integers(1, 13)), int(draw.integers(1, 7))
    if kind == "zeros":
        table = draw.random(shape) * (draw.random(shape) < 0.2)
    elif kind == "tails":
        table = 10.0 ** (-12 * draw.random(shape))
    elif kind == "tails and zeros":
        table = 10.0 ** (-12 * draw.random(shape)) * (draw.random(shape) < 0.3)
    elif kind == "counts of 50":
        size = int(np.prod(shape))
        table = draw.multinomial(50, draw.dirichlet(np.full(size, 0.3))).reshape(shape).astype(float)
    else:
        answers = draw.integers(0, shape[2], shape[:2])
        table = np.where(np.arange(shape[2]) == answers[..., None], draw.random(shape[:2])[..., None], 0.0)
    table[0, 0, 0] += table.sum() == 0
    return table


@pytest.mark.parametrize("kind", ["zeros", "tails", "tails and zeros", "counts of 50", "deterministic"])
def test_hostile_tables_are_certified(kind: str) -> None:
    for number in range(100):
        table = hostile(kind, number)
        found = decompose(table)
        assert found.gap_bits <= 1e-6
        assert min(parts_of(found)) >= -1e-12
        mass = table / table.sum()
        assert np.abs(found.optimal.sum(axis=1) - mass.sum(axis=1)).max() <= 1e-12
        assert np.abs(found.optimal.sum(axis=0) - mass.sum(axis=0)).max() <= 1e-12
        assert found.optimal.min() >= 0


def test_no_table_with_tails_of_a_billionth_is_refused() -> None:
    draw, cells = np.random.default_rng(0), np.array([0.0, 1e-9, 0.01, 0.3, 1.0, 7.0])
    for _ in range(300):
        table = draw.choice(cells, size=draw.integers(2, 6, size=3), p=[0.4, 0.25, 0.1, 0.1, 0.1, 0.05])
        assert decompose(table).gap_bits <= 1e-6


E = 1e-9
TAILS = [
    [[[0, E], [E, 0], [0, E]], [[0, E], [E, 7], [0, E]], [[0, E], [0.01, E], [0, 1]], [[1, 0], [0, 0], [0, 0.01]]],
    [
        [[0, E, 0.01], [E, E, 0], [0, 0, 1]],
        [[0, 0, 0.01], [E, E, 0], [0, 0.3, 0]],
        [[0, 0.3, 0], [7, 0, E], [E, E, 0.3]],
    ],
]
"""Tables of which neither quick nor sure steps find the optimum while cells of a ten-billionth are variables."""


@pytest.mark.parametrize("table", TAILS)
def test_what_cannot_be_solved_with_the_smallest_cells_is_certified_without_them(
    table: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, mass = decompose(table), np.array(table) / np.sum(table)
    assert found.gap_bits <= 1e-6
    assert np.abs(found.optimal.sum(axis=1) - mass.sum(axis=1)).max() <= 1e-12
    assert np.abs(found.optimal.sum(axis=0) - mass.sum(axis=0)).max() <= 1e-12
    monkeypatch.setattr(interior_point, "SMALLEST_CELLS", interior_point.SMALLEST_CELLS[:1])
    with pytest.raises(EstimationError, match="are not solved to"):
        decompose(table)


def test_a_stack_of_which_some_tables_are_retried_gives_what_each_gives_alone() -> None:
    easy = np.random.default_rng(0).dirichlet(np.ones(24), size=3).reshape(3, 4, 3, 2)
    tables = np.concatenate([easy[:1], np.array(TAILS[:1]), easy[1:]])
    for one, found in zip(tables, decompose_many(tables), strict=True):
        assert parts_of(found) == pytest.approx(parts_of(decompose(one)), abs=1e-6)
        assert np.abs(found.optimal.sum(axis=0) - one.sum(axis=0) / one.sum()).max() <= 1e-12


@given(TABLES)
@settings(max_examples=150, deadline=None)
def test_parts_are_not_negative_and_sum_to_the_informations(table: np.ndarray) -> None:
    if table.sum() == 0:
        return
    found = solved(table)
    redundancy, unique_1, unique_2, synergy = parts_of(found)
    assert min(redundancy, unique_1, unique_2, synergy) >= -1e-12
    assert redundancy + unique_1 == pytest.approx(found.information_1, abs=1e-9)
    assert redundancy + unique_2 == pytest.approx(found.information_2, abs=1e-9)
    assert redundancy + unique_1 + unique_2 + synergy == pytest.approx(found.information_both, abs=1e-9)
    for part in PARTS:
        bounded = getattr(found, part)
        assert bounded.low <= bounded.value <= bounded.high <= bounded.low + 1e-6


@given(TABLES)
@settings(max_examples=60, deadline=None)
def test_exchanging_the_sources_exchanges_what_is_unique(table: np.ndarray) -> None:
    if table.sum() == 0:
        return
    one, other = solved(table), solved(table.swapaxes(0, 1))
    assert [other.redundancy.value, other.unique_2.value, other.unique_1.value, other.synergy.value] == pytest.approx(
        parts_of(one), abs=2e-6
    )


@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
@settings(max_examples=60, deadline=None)
def test_values_of_a_source_with_the_same_posterior_are_one_value(seed: int, share: float) -> None:
    """X1's first value split in two that say the same of y, though not of x2: only the synergy may change."""
    draw = np.random.default_rng(seed)
    table = draw.dirichlet(np.ones(4 * 3 * 3)).reshape(4, 3, 3)
    company = draw.dirichlet(np.ones(3), size=3).T  # (x2, y), given y
    part = share * table[0].sum(axis=0) * company
    split = np.concatenate([part[None], table])
    merged = table.copy()
    merged[0] += part
    apart, together = decompose(split), decompose(merged)
    assert parts_of(apart)[:3] == pytest.approx(parts_of(together)[:3], abs=2e-6)


def test_a_stack_gives_what_each_table_gives_alone() -> None:
    draw = np.random.default_rng(0)
    tables = draw.dirichlet(np.full(60, 0.4), size=20).reshape(20, 4, 5, 3)
    for one, found in zip(tables, decompose_many(tables), strict=True):
        assert parts_of(found) == pytest.approx(parts_of(decompose(one)), abs=1e-6)
        assert found.optimal.shape == (4, 5, 3)


def test_padding_with_zeros_changes_nothing() -> None:
    padded = np.zeros((5, 4, 6))
    padded[:2, :2, :4] = UNQ
    found = decompose(padded)
    assert parts_of(found) == pytest.approx([0, 1, 1, 0], abs=1e-6)


def test_a_solved_start_takes_no_step_and_a_hard_table_few() -> None:
    assert decompose(RDN).num_iterations == decompose(XOR).num_iterations == 0
    table = np.random.default_rng(0).dirichlet(np.ones(2000)).reshape(20, 20, 5)
    assert 0 < decompose(table).num_iterations < MAX_STEPS / 3


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 2, 2)])
def test_dit_finds_the_same(shape: tuple[int, int, int]) -> None:
    dit = pytest.importorskip("dit", reason="dit is installed for development only")
    from dit.pid import PID_BROJA

    for seed in range(3):
        table = np.random.default_rng(seed).dirichlet(np.ones(int(np.prod(shape)))).reshape(shape)
        names = ["".join(map(str, place)) for place in np.ndindex(*shape)]
        # Its default method stops short: on these tables up to .002 bits above the least information.
        theirs = PID_BROJA(dit.Distribution(names, table.ravel().tolist()), ((0,), (1,)), (2,), method="admui")
        expected = [theirs.get_pi(node) for node in (((0,), (1,)), ((0,),), ((1,),), ((0, 1),))]
        assert parts_of(decompose(table)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_clarabel_finds_the_same(seed: int) -> None:
    cvxpy = pytest.importorskip("cvxpy", reason="cvxpy is installed for development only")
    draw = np.random.default_rng(seed)
    table = draw.dirichlet(np.full(4 * 5 * 3, 0.5)).reshape(4, 5, 3)
    q = [cvxpy.Variable((4, 5), nonneg=True) for _ in range(3)]
    total = sum(q)
    constraints = [cvxpy.sum(q[y], axis=1) == table[:, :, y].sum(axis=1) for y in range(3)]
    constraints += [cvxpy.sum(q[y], axis=0) == table[:, :, y].sum(axis=0) for y in range(3)]
    loss = sum(cvxpy.sum(cvxpy.rel_entr(q[y], total)) for y in range(3))
    problem = cvxpy.Problem(cvxpy.Minimize(loss), constraints)
    problem.solve(solver=cvxpy.CLARABEL)
    masses = table.sum(axis=(0, 1))
    least = (problem.value - (masses * np.log(masses)).sum()) / np.log(2)
    found = decompose(table)
    assert found.information_both - found.synergy.value == pytest.approx(least, abs=1e-5)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (np.ones((2, 2)), "expected (n1, n2, k)"),
        (np.zeros((2, 2, 2)), "positive sum"),
        (-np.ones((2, 2, 2)), "non-negative"),
        (np.full((2, 2, 2), np.nan), "finite"),
        (np.zeros((2, 0, 2)), "none of them zero"),
    ],
)
def test_what_is_no_table_is_refused(table: np.ndarray, says: str) -> None:
    with pytest.raises(EstimationError, match=says.replace("(", r"\(").replace(")", r"\)")):
        decompose(table)


def test_a_gap_that_does_not_close_is_an_error() -> None:
    with pytest.raises(EstimationError, match=r"1 of 1 tables are not solved to 1e-30 bits in \d+ steps; table 0 to"):
        decompose(np.random.default_rng(0).dirichlet(np.ones(27)).reshape(3, 3, 3), tolerance_bits=1e-30)


def test_a_solver_that_loses_its_numbers_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: interior_point.Problem, point: interior_point.Point) -> interior_point.Point:
        return interior_point.Point(*(value * np.nan for value in (point.a, point.b, point.slack, point.multiplier)))

    def lost_too(_: interior_point.Problem, point: interior_point.Point, __: float) -> interior_point.Point:
        return lost(_, point)

    monkeypatch.setattr(interior_point, "step", lost)
    monkeypatch.setattr(barrier, "solve", lost_too)
    with pytest.raises(EstimationError, match="are not solved to"):
        decompose(np.random.default_rng(0).dirichlet(np.ones(27)).reshape(3, 3, 3))


CIRCLES = [
    [[46, 0], [18, 0], [1, 0], [0, 0]],
    [[6, 0], [18, 0], [0, 0], [0, 0]],
    [[0, 0], [1, 0], [0, 4], [0, 5]],
    [[0, 0], [0, 0], [0, 56], [0, 45]],
]
"""Counts of a task with two answers of which each view is nearly certain: the quick steps run in circles."""


def test_where_quick_steps_run_in_circles_sure_ones_arrive() -> None:
    found = decompose(np.array(CIRCLES))
    assert found.num_iterations == MAX_STEPS
    assert found.gap_bits <= 1e-6
    assert found.synergy.value == pytest.approx(0.0234498, abs=1e-6)


def test_sure_steps_find_what_quick_ones_find(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = np.random.default_rng(5).dirichlet(np.full(36, 0.3), size=5).reshape(5, 4, 3, 3)
    quick = decompose_many(tables)
    monkeypatch.setattr(interior_point, "MAX_STEPS", 0)
    for one, other in zip(quick, decompose_many(tables), strict=True):
        assert other.gap_bits <= 1e-6
        assert other.synergy.value == pytest.approx(one.synergy.value, abs=2e-6)
