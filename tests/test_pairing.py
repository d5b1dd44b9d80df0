"""Which passage of now is which passage of before."""

from hypothesis import given
from hypothesis import strategies as st

from bot.store.pairing import pair

PASSAGES = st.lists(st.text(alphabet="abcdef ", min_size=3, max_size=40), max_size=8)


def test_a_moved_passage_keeps_its_partner() -> None:
    """Order does not matter where quotes are equal."""
    assert pair(["Keep CentOS 8.", "Drop RHEL."], ["Drop RHEL.", "Keep CentOS 8."]) == {0: 1, 1: 0}


def test_a_reworded_passage_keeps_its_partner() -> None:
    """From 85 % similarity on; markup and case do not count."""
    old = ["Christian offered to investigate a possible migration."]
    assert pair(old, ["**Christian** offered to investigate the possible migration"]) == {0: 0}
    assert pair(old, ["Christian will not do it."]) == {}


def test_the_best_partner_wins_and_each_serves_once() -> None:
    """Two like passages, one of them reworded: nobody gets two."""
    old = ["We agreed to drop binary images in Xena.", "We agreed to drop source images in Xena."]
    new = ["We agreed to drop source images in Xena!", "We agreed to drop all binary images in Xena."]
    assert pair(old, new) == {0: 1, 1: 0}


def test_passages_that_are_alike_pair_in_their_order() -> None:
    """The third of three alike stays the third."""
    assert pair(["same", "same", "same"], ["same", "same"]) == {0: 0, 1: 1}


@given(PASSAGES)
def test_the_same_list_pairs_with_itself(quotes: list[str]) -> None:
    """Loading again changes nothing."""
    assert pair(quotes, quotes) == {index: index for index in range(len(quotes))}


@given(PASSAGES, PASSAGES)
def test_no_passage_is_paired_twice(old: list[str], new: list[str]) -> None:
    """Each once, on both sides."""
    pairs = pair(old, new)
    assert len(set(pairs.values())) == len(pairs)
    assert all(0 <= n < len(new) and 0 <= o < len(old) for n, o in pairs.items())
