"""What people do to items, people and rooms by command, and what the bot answers."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from bot.commands.ids import split_ids
from bot.commands.recording import Recording, split_recording
from bot.commands.registry import Policy
from bot.messages import Role
from bot.model import Item
from bot.queries.items import by_label
from bot.queries.rules import rules_here
from bot.reminders import digest
from bot.store.recaps import save
from tests.talk import NOW, Talk, recap

A1 = 'A1 "Christian offered to investigate a possible migration"'
A2 = 'A2 "We will look at the images"'


@pytest.fixture
def talk() -> Talk:
    """A memory and somebody to talk to it."""
    return Talk()


def op(talk: Talk, line: str) -> list[str]:
    """The answer to an operator of the room."""
    return talk.say(line, "op", role=Role.OP)


def item(talk: Talk, label: str) -> Item:
    """The item of that id."""
    found = by_label(talk.store, label)
    assert found is not None
    return found


def owners(talk: Talk, label: str) -> list[str]:
    """Who owns the item of that id."""
    return [owner.name for owner in item(talk, label).owners]


def test_done_marks_several_at_once_and_keeps_the_words(talk: Talk) -> None:
    """Every way to write an id is understood; what follows them is a note on each."""
    assert op(talk, "+done a1, ACTION-2 and A3 merged: all of them") == [
        f"Done: {A1}",
        f"Done: {A2}",
        'Done: A3 "Agreed to keep MariaDB, and Zoë will write the upgrade test"',
    ]
    assert [item(talk, label).state for label in ("A1", "A2", "A3")] == ["done"] * 3
    notes = talk.store.db.execute("SELECT text, by_name FROM notes").fetchall()
    assert notes == [("merged: all of them", "op")] * 3


def test_the_same_twice_is_no_change_and_no_fault(talk: Talk) -> None:
    """What is so already is said; the others change."""
    op(talk, "+done A1")
    before = talk.dump()
    assert op(talk, "+done A1 again") == ["A1 was done already."]
    assert talk.dump() == before
    assert op(talk, "+done A1 A2") == ["A1 was done already.", f"Done: {A2}"]
    for line, said in (
        ("due A1 M2", "A1 was due M2 already."),
        ("assign A1 zoe", "A1 is Zoë already."),
        ("edit A1 look  at it", "A1 says that already."),
        ("answer Q1 yes", "Q1 has that answer already."),
        ("confirm D1", "D1 was confirmed already."),
        ("reject D1", "D1 was rejected already."),
        ("drop A2", "A2 was dropped already."),
        ("snooze A3 2 weeks", "A3 was snoozed until 2026-12-04 already."),
        ("reopen A4", "A4 is open."),
        ("here kolla", "Commands in #ptg mean kolla already."),
    ):
        op(talk, f"+{line}")
        before = talk.dump()
        assert op(talk, f"+{line}") == [said]
        assert talk.dump() == before, line


def test_a_pair_of_ids_means_the_one_the_command_is_for(talk: Talk) -> None:
    """One passage is decision and action: `done` is for its action, `reject` for both."""
    assert op(talk, "+done D2/A3")[0].startswith("Done: A3 ")
    assert [line.split()[1] for line in op(talk, "+reject D2/A3")] == ["D2", "A3"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("done A99", "There is no A99."),
        ("done", "Say `+done ID… [words]`, for example `+done A17 merged last week`."),
        ("done it", "Say which, by id: `+done A12`."),
        ("done 12", "Say which, by id: `+done A12`."),
        ("done D1", "D1 is a decision; `+done` is for actions."),
        ("close d2", "D2 is a decision; `+close` is for actions. Its passage is also A3."),
        ("done Q1", "Q1 is a question; `+done` is for actions."),
        ("done S1", "S1 is a session; `+done` is for actions."),
        ("answer A1 yes", "A1 is an action; `+answer` is for questions."),
        ("done A999999999999999999999", "Say which, by id: `+done A12`."),
        ("due A1", "Say when: `+due A1 2 weeks`, a date, M1 to M3, a cycle or `none`."),
        ("due A1 soon", "I do not know when `soon` is. Say a date (2026-12-01, 1 December), a weekday, `tomorrow` or"
         " `2 weeks`, `M2`, a cycle or `none`."),
        ("snooze A1 yesterday", "I do not know when `yesterday` is. Say a date (2026-12-01, 1 December), a weekday,"
         " `tomorrow` or `2 weeks`."),
        ("snooze A1 today", "2026-11-20 is not after today (2026-11-20)."),
        ("assign A1", "Say who: one or several names, `me`, `team` or `nobody`."),
        ("note A1", "Say what to note."),
        ("note A1 ...", "Say what to note."),
        ("edit A1", "Say what it should say."),
        ("answer Q1", "Say the answer."),
        ("note A1 " + "x" * 501, "That has 501 characters; 500 are the most. Keep the core and link to the rest."),
        ("supersede D1", "Say which decision, and the one that replaced it: `+supersede D4 D9`."),
        ("supersede D1 A1", "A1 is an action; `+supersede` is for decisions."),
        ("supersede D1 D1", "D1 would then be superseded by itself."),
        ("reopen D1 A1", "Reopen decisions apart from actions and questions."),
        ("done " + "A1 " * 51, "That is 51 ids at once; 50 are the most."),
        ("here xyz", "I know no team `xyz`: `+here TEAM`; `+teams` lists them."),
        ("here", "Say which team: `+here TEAM`; `+teams` lists them."),
        ("undo", "You have changed nothing that could be undone."),
        ("action kolla:", "Say what is to be done."),
        ("action kolla: ...", "Say what is to be done."),
        ("action kola: x", "I know no team `kola`. Did you mean `kolla`?"),
        ("action xyzzy: x", "I know no team `xyzzy`. `+teams` lists those I know."),
        ("action kolla: x - due soon", "I do not know when `soon` is. Say a date (2026-12-01, 1 December), a weekday,"
         " `tomorrow` or `2 weeks`, `M2`, a cycle or `none`."),
        ("action kolla: x - owner", "Say who: one or several names, `me`, `team` or `nobody`."),
        ("iam", "I see no account of yours that I could tie to a name; log in first."),
        ("~iam alice", "Say the account and the name: `~iam ACCOUNT NAME`."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(talk: Talk, line: str, sentence: str) -> None:
    """The sentence says what was wrong, and what to say instead."""
    before = talk.dump()
    assert op(talk, f"recapbot: {line}") == [sentence]
    assert talk.dump() == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("done A1 A99", "There is no A99. Nothing was changed."),
        ("done A99 A1", "There is no A99. Nothing was changed."),
        ("done A98 A99", "There is no A98."),
        ("done A99 A99", "There is no A99."),
        ("done A1 D1", "D1 is a decision; `+done` is for actions. Nothing was changed."),
        ("done A1 A3", "A3 was rejected as misread; `+confirm A3` takes that back. Nothing was changed."),
        ("snooze A1 A2", "A2 is done; there is nothing to snooze. Nothing was changed."),
        ("take A2 A4", "A2 is done; `+reopen A2` comes first. Nothing was changed."),
        ("confirm A1 A5", "A5 was recorded by hand; it needs no confirmation. Nothing was changed."),
        ("pause R1 R9", "There is no reminder R9. Nothing was changed."),
        ("supersede D1 D99", "There is no D99."),
    ],
)
def test_one_wrong_id_stops_the_whole_line(talk: Talk, line: str, said: str) -> None:
    """All or nothing, and where others were in order it is said that it was nothing."""
    for before in ("+reject A3", "+done A2", "+action kolla: mend it", "+remind weekly mon 14:00"):
        op(talk, before)
    held_before = talk.dump()
    assert op(talk, f"+{line}") == [said]
    assert talk.dump() == held_before


def test_one_item_of_somebody_else_stops_the_whole_line(talk: Talk) -> None:
    """A refusal by right says so too, where some of the items are the asker's."""
    talk.say("+take A2", "bob/bob")
    before = talk.dump()
    rights = "is for its owner, who recorded it, the recap's loader or author, a channel operator or an admin."
    assert talk.say("+done A1 A2", "bob/bob") == [f"`+done A1` {rights} Nothing was changed."]
    assert talk.say("+done A1 A3", "eve/eve") == [f"`+done A1, A3` {rights}"]
    assert talk.dump() == before


def test_states_go_and_come_back(talk: Talk) -> None:
    """Dropped, answered and superseded things can be opened again, with nothing left of it."""
    assert op(talk, "+drop A1 nobody needs it") == [f"Dropped: {A1}"]
    assert op(talk, "+reopen A1") == [f"Open again: {A1}"]
    assert op(talk, "+answer Q1 the CI does") == ['Answered "the CI does": Q1 "Who tests it?"']
    assert (item(talk, "Q1").state, item(talk, "Q1").answer) == ("answered", "the CI does")
    op(talk, "+reopen Q1")
    assert (item(talk, "Q1").state, item(talk, "Q1").answer) == ("open", None)
    assert op(talk, "+supersede D1 by D2") == [
        'D1 "Agreed to drop Elasticsearch" is superseded by'
        ' D2 "Agreed to keep MariaDB, and Zoë will write the upgrade test".'
    ]
    assert op(talk, "+supersede D1 D2") == ["D1 was superseded by D2 already."]
    assert op(talk, "+supersede D2 D1") == ["D1 would then be superseded by itself."]
    op(talk, "+reopen D1")
    assert (item(talk, "D1").state, item(talk, "D1").superseded_by) == ("decided", None)


def test_snooze_sleeps_a_week_where_nothing_is_said(talk: Talk) -> None:
    """An action that is over is not snoozed."""
    assert op(talk, "+snooze A1") == [f"Snoozed until 2026-11-27: {A1}"]
    assert op(talk, "+snooze A1 A2 until 1 december") == [
        f"Snoozed until 2026-12-01: {A1}",
        f"Snoozed until 2026-12-01: {A2}",
    ]
    op(talk, "+done A1")
    assert op(talk, "+snooze A1") == ["A1 is done; there is nothing to snooze."]


def test_due_is_set_and_cleared(talk: Talk) -> None:
    """A day, a milestone, a cycle, or none."""
    assert op(talk, "+due A1 2 weeks") == [f"Due 2026-12-04: {A1}"]
    assert op(talk, "+due A1 M2") == [f"Due M2: {A1}"]
    assert op(talk, "+due A1 by Yoga") == [f"Due yoga: {A1}"]
    assert op(talk, "+due A1 none") == [f"Due at no set time: {A1}"]
    assert item(talk, "A1").due is None


def test_a_day_is_the_room_s_day() -> None:
    """Tomorrow in Tokyo begins before tomorrow in UTC."""
    tokyo = Talk(Policy(zones={("net", "#ptg"): "Asia/Tokyo"}))
    late = NOW + timedelta(hours=4)
    assert tokyo.say("+snooze A1 tomorrow", "op", role=Role.OP, now=late)[0].startswith("Snoozed until 2026-11-22")
    assert tokyo.say("+snooze A1 tomorrow", "op", room="#dev", role=Role.OP, now=late)[0].startswith(
        "Snoozed until 2026-11-21"
    )


def test_assign_names_people_teams_and_oneself(talk: Talk) -> None:
    """Accents and case find the same person; `team` is the item's team, `nobody` clears."""
    assert op(talk, "+assign A1 to zoe, k-a and Christian") == [f"Assigned to Zoë, kolla, Christian: {A1}"]
    assert owners(talk, "A1") == ["Zoë", "kolla", "Christian"]
    op(talk, "+assign A1 @me")
    assert owners(talk, "A1") == ["op"]
    op(talk, "+assign A1 the team")
    assert owners(talk, "A1") == ["kolla"]
    assert op(talk, "+assign A1 nobody") == [f"Nobody's now: {A1}"]
    assert owners(talk, "A1") == []


def test_a_stranger_as_owner_is_mentioned(talk: Talk) -> None:
    """A name that no recap uses is taken, and a near one is named."""
    assert op(talk, "+assign A1 Chrstian") == [
        f"Assigned to Chrstian: {A1}",
        "I knew nobody called Chrstian before; did you mean Christian?",
    ]


def test_take_makes_the_asker_the_owner(talk: Talk) -> None:
    """What nobody or a team owns may be taken by anyone with an account, who may then say that it is done."""
    assert talk.say("+take A2 A4", "al/alice") == [
        f"Yours now, alice: {A2}",
        'Yours now, alice: A4 "A blueprint will be written" (still a candidate)',
        "You are alice to me; if recaps call you otherwise, say `+iam NAME`.",
        "A4: no reminder speaks of a candidate until the recap's loader or author, anyone with voice, a channel"
        " operator or an admin says `+confirm A4`.",
    ]
    assert owners(talk, "A2") == owners(talk, "A4") == ["alice"]
    assert talk.say("+take A2", "al/alice") == ["A2 is yours already."]
    assert talk.say("+mine", "al/alice")[1].startswith("A2 ")
    assert talk.say("+done A2", "al/alice") == [f"Done: {A2}"]
    assert talk.say("+take A2", "al/alice") == ["A2 is done; `+reopen A2` comes first."]


def test_nobody_s_action_is_taken_from_them(talk: Talk) -> None:
    """Another person's action is theirs until somebody who may assigns it."""
    assert talk.say("+take A1", "bob/bob") == [
        "A1 is Christian's already; `+assign` is for its owner, who recorded it, the recap's loader or author,"
        " a channel operator or an admin."
    ]
    talk.say("+take A2", "bob/bob")
    assert talk.say("+take A2", "eve/eve")[0].startswith("A2 is bob's already")
    assert op(talk, "+assign A2 eve") == [f"Assigned to eve: {A2}"]
    assert talk.say("+done A2", "bob/bob")[0].startswith("`+done A2` is for its owner")


def test_nobody_takes_anything_in_the_name_of_another(talk: Talk) -> None:
    """Anyone may say `iam`: until an operator confirms it, what one takes or records stands under the account."""
    talk.say("+iam Mark Goddard", "eve/eve")
    assert talk.say("+take A2", "eve/eve") == [
        f"Yours now, eve: {A2}",
        "Once an operator confirms it (`~iam eve Mark Goddard`), what you take is Mark Goddard's.",
    ]
    assert talk.say("+action kolla: write it - owner me", "eve/eve")[0].startswith("Recorded: A5 eve: ")
    assert owners(talk, "A2") == ["eve"]
    assert [line[:3] for line in talk.say("+mine", "eve/eve")[1:]] == ["A5 ", "A2 "]
    talk.say("+remind me weekly mon", "eve/eve")
    (rule,) = rules_here(talk.store, "net", account="eve")
    assert (digest(talk.store, rule, NOW) or ())[0] == "eve, you have 2 open actions."
    op(talk, "~iam eve Mark Goddard")
    assert talk.say("+take A2", "eve/eve") == [f"Yours now, Mark Goddard: {A2}"]
    assert [line[:3] for line in talk.say("+mine", "eve/eve")[1:]] == ["A5 ", "A2 "]


def test_mine_shows_candidates_where_there_is_nothing_else(talk: Talk) -> None:
    """Who took what was read without certainty finds it again, and what makes it count."""
    talk.say("+take A4", "al/alice")
    assert talk.say("+mine", "al/alice") == [
        "Yours are candidates only; `+confirm ID` makes them count, for the recap's loader or author, anyone with"
        " voice, a channel operator or an admin.",
        "kolla, Xena PTG, alice: 1 candidate action.",
        'A4 "A blueprint will be written" (OpenSearch)',
    ]
    op(talk, "+confirm A4")
    assert talk.say("+mine", "al/alice")[0] == "kolla, Xena PTG, alice: 1 open action."


def test_taking_what_carries_one_s_own_name_gives_rights_to_that_alone(talk: Talk) -> None:
    """Whoever registers an owner's name as account has still no word in what that owner promised."""
    op(talk, "+assign A1 Christian, kolla")
    assert talk.say("+done A1", "x/Christian")[0].startswith("`+done A1` is for")
    assert talk.say("+take A1", "x/Christian")[0].startswith("A1 is Christian's already")
    assert talk.say("+done A1", "x/Christian")[0].startswith("`+done A1` is for")
    talk.say("+take A2", "x/Christian")
    assert talk.say("+done A2", "x/Christian") == [f"Done: {A2}"]


def test_who_gives_an_action_away_has_no_more_say_in_it(talk: Talk) -> None:
    """An owner's rights go with the action."""
    op(talk, "~iam alice Christian")
    assert talk.say("+assign A1 zoe", "al/alice") == [f"Assigned to Zoë: {A1}"]
    assert talk.say("+done A1", "al/alice")[0].startswith("`+done A1` is for its owner")


def test_undo_takes_back_one_command_after_the_other(talk: Talk) -> None:
    """Several items changed by one line come back together, with the words said; then the line before that."""
    before = [item(talk, label) for label in ("A1", "A2")]
    op(talk, "+due A1 M1")
    op(talk, "+done A1 A2 both merged")
    assert op(talk, "+undo") == ["Undone: done A1, A2."]
    assert op(talk, "+undo") == ["Undone: due A1."]
    assert [item(talk, label) for label in ("A1", "A2")] == before
    assert op(talk, "+undo") == ["You have changed nothing that could be undone."]


def test_one_answer_may_close_several_questions(talk: Talk) -> None:
    """The ids of questions that it begins with are meant; an id of anything else belongs to the answer."""
    op(talk, "+question kolla: who pays?")
    assert op(talk, "+answer Q1 and Q2: A1 does it") == [
        'Answered "A1 does it": Q1 "Who tests it?"',
        'Answered "A1 does it": Q2 "who pays?"',
    ]
    assert op(talk, "+answer Q2: Q1 covers that") == ['Answered "Q1 covers that": Q2 "who pays?"']
    assert op(talk, "+undo") == ["Undone: answer Q2."]
    assert op(talk, "+answer Q2 D1 settled that") == ['Answered "D1 settled that": Q2 "who pays?"']
    assert op(talk, "+answer Q1 Q2 D1 settled that") == [
        'Answered "D1 settled that": Q1 "Who tests it?"',
        "Q2 has that answer already.",
    ]
    for line in ("Q1 and A1: settled", "Q1, A1 settled", "Q1 A1: settled"):
        assert op(talk, f"+answer {line}") == ["A1 is an action; `+answer` is for questions. Nothing was changed."]
    assert op(talk, "+answer Q1 Q99 yes") == ["There is no Q99. Nothing was changed."]
    assert op(talk, "+undo") == ["Undone: answer Q1."]
    assert op(talk, "+undo") == ["Undone: answer Q2."]
    assert op(talk, "+undo") == ["Undone: answer Q1, Q2."]


def test_what_one_command_did_one_undo_takes_back(talk: Talk) -> None:
    """Taking ties a new person to a name as well; what an operator has confirmed since stays."""
    talk.say("+take A2", "al/alice")
    assert talk.say("+undo", "al/alice") == ["Undone: take A2.", "Undone: iam alice."]
    assert talk.say("+undo", "al/alice") == ["You have changed nothing that could be undone."]
    assert talk.say("+iam", "al/alice") == ["I do not know you by a name of the recaps; say `+iam NAME`."]
    talk.say("+take A2", "al/alice")
    op(talk, "~iam alice alice")
    assert talk.say("+undo", "al/alice") == ["Undone: take A2."]
    assert item(talk, "A2").owners[0].team == "kolla"
    assert talk.say("+iam", "al/alice") == ["You are alice, with an owner's rights."]
    assert talk.say("+undo", "al/alice") == ["You have changed nothing that could be undone."]


@pytest.mark.parametrize("within", [False, True])
def test_a_refused_undo_takes_nothing_back(talk: Talk, within: bool) -> None:
    """Of several changes all come back or none, also where the line is part of a greater transaction (Matrix)."""

    def undo() -> list[str]:
        with talk.store.write() if within else nullcontext():
            return talk.say("+undo", "al/alice", role=Role.OP)

    talk.say("+done A1 A2", "al/alice", role=Role.OP)
    op(talk, "+reopen A1")
    before = talk.dump()
    assert undo() == ["A1 was changed again since; nothing was undone. See `+show A1`."]
    assert talk.dump() == before
    talk.say("+take A4", "bob/bob")
    op(talk, "+assign A4 Zoë")
    before = talk.dump()
    with talk.store.write() if within else nullcontext():
        assert talk.say("+undo", "bob/bob")[0].startswith("A4 was changed again since; nothing was undone.")
    assert talk.dump() == before


def test_voice_alone_takes_back_what_it_said(talk: Talk) -> None:
    """Who may confirm by the mode of the room, without an account, may undo that there, and only that."""
    assert talk.say("+confirm A1", "vera", role=Role.VOICE) == [f"Confirmed: {A1}"]
    assert talk.say("+undo", "vera", role=Role.VOICE) == ["Undone: confirm A1."]
    op(talk, "+confirm A1")
    assert talk.say("+undo", "vera", role=Role.VOICE) == ["You have changed nothing that could be undone."]
    assert talk.say("+undo", "vera") == ["`+undo` is for who made the change. I see no account of yours: log in first."]


def test_the_trail_keeps_what_was_undone(talk: Talk) -> None:
    """When it was taken back and from where, and the words of a note; nobody is shown it."""
    op(talk, "+note A1 half done")
    later = NOW + timedelta(days=1)
    talk.say("+undo", "op", role=Role.OP, now=later)
    op(talk, "+note A1 wholly done")
    trail = (
        "SELECT n.text, c.undone, c.undone_at, c.undone_room FROM changes c JOIN notes n ON n.id = c.after ->> 'note'"
    )
    assert talk.store.db.execute(trail).fetchall() == [
        ("half done", 1, later.isoformat(), "#ptg"),
        ("wholly done", 0, None, None),
    ]
    assert talk.say("+show A1")[-1] == '2026-11-20 op: noted ("wholly done")'


def test_undo_lets_no_decision_be_superseded_by_itself(talk: Talk) -> None:
    """Two decisions that replace each other would both be gone from every list."""
    op(talk, "+supersede D1 D2")
    talk.say("+reopen D1", "al/alice", role=Role.OP)
    assert op(talk, "+decide kolla: use neither")[0].startswith("Recorded: D3")
    op(talk, "+supersede D2 D3")
    op(talk, "+supersede D3 D1")
    said = ["D1 would then be superseded by itself; nothing was undone."]
    assert talk.say("+undo", "al/alice", role=Role.OP) == said
    assert item(talk, "D1").state == "decided"
    op(talk, "+undo")
    assert talk.say("+undo", "al/alice", role=Role.OP) == ["Undone: reopen D1."]


def held(talk: Talk) -> list[str]:
    """All that the memory holds about items; of notes the trail keeps what was undone."""
    return [row for row in talk.dump() if row.startswith(("items ", "item_owners "))]


def test_undo_takes_back_every_kind_of_change(talk: Talk) -> None:
    """Whatever a command changed, its undoing is named and restores what was."""
    for line, undone in (
        ("note A1 hello", "note A1"),
        ("edit A1 look", "edit A1"),
        ("assign A1 zoe", "assign A1"),
        ("snooze A1", "snooze A1"),
        ("reject A1 D1", "reject A1, D1"),
        ("answer Q1 yes", "answer Q1"),
        ("supersede D1 D2", "supersede D1"),
    ):
        before = held(talk)
        op(talk, f"+{line}")
        assert op(talk, "+undo") == [f"Undone: {undone}."]
        assert held(talk) == before, line
    talk.say("+iam Christian", "al/alice")
    assert talk.say("+undo", "al/alice") == ["Undone: iam alice."]
    assert talk.say("+iam", "al/alice") == ["I do not know you by a name of the recaps; say `+iam NAME`."]
    talk.say("+action kolla: mend it", "al/alice")
    assert talk.say("+undo", "al/alice") == ["Undone: action A5."]
    op(talk, "#kolla here")
    assert op(talk, "+undo") == ["Undone: here #ptg."]
    assert op(talk, "+decide use it")[0].startswith("Say for which team")
    assert op(talk, "+done A5") == ["A5 is withdrawn: its recap no longer holds it, or it was taken back."]


def test_undo_is_for_who_made_the_change_and_only_while_it_stands(talk: Talk) -> None:
    """Another's change is not undone, nor one that somebody changed since."""
    talk.say("+take A2", "al/alice")
    assert talk.say("+undo", "bob/bob") == ["You have changed nothing that could be undone."]
    op(talk, "+assign A2 zoe")
    assert talk.say("+undo", "al/alice") == ["A2 was changed again since; nothing was undone. See `+show A2`."]


def test_a_name_that_an_operator_confirmed_is_not_undone_by_who_claimed_it(talk: Talk) -> None:
    """An account stands as it is written, also where a sentence begins with it."""
    talk.say("+iam Christian", "al/alice")
    op(talk, "~iam alice Christian")
    assert talk.say("+undo", "al/alice") == ["`alice` was changed again since; nothing was undone."]


def test_edit_mends_the_text_and_leaves_the_quote(talk: Talk) -> None:
    """The quote is the recap's; the words are people's, and may begin with an id."""
    assert op(talk, "+edit action 1 A2 comes first") == ["Edited: A1 A2 comes first"]
    assert (item(talk, "A1").text, item(talk, "A1").quote) == (
        "A2 comes first",
        "Christian offered to investigate a possible migration",
    )


def test_a_note_is_shown_by_show(talk: Talk) -> None:
    """What is noted stands in the item's story."""
    assert talk.say("+note A1: waits for review", "bob/bob") == [f"Noted: {A1}."]
    assert any("waits for review" in line for line in talk.say("+show A1"))


def test_confirm_makes_a_candidate_count_and_reject_hides_it(talk: Talk) -> None:
    """A human's word on a reading; a rejected item is not worked on."""
    assert op(talk, "+confirm A4") == ['Confirmed: A4 "A blueprint will be written"']
    assert talk.say("#kolla actions")[0].startswith("kolla, Xena PTG: 4 open actions")
    assert op(talk, "+reject A4") == ['Rejected: A4 "A blueprint will be written"']
    assert talk.say("#kolla actions")[0].startswith("kolla, Xena PTG: 3 open actions")
    assert op(talk, "+done A4") == ["A4 was rejected as misread; `+confirm A4` takes that back."]
    talk.say("+action kolla: mend it", "bob/bob")
    assert op(talk, "+confirm A5") == ["A5 was recorded by hand; it needs no confirmation."]


def test_what_people_said_survives_the_loading_of_the_recap_again(talk: Talk) -> None:
    """A better reading of the recap takes nothing of it back."""
    for line in ("done A1 merged", "assign A2 zoe", "due A2 M2", "edit A3 write the test", "reject D1"):
        op(talk, f"+{line}")
    before = [item(talk, label) for label in ("A1", "A2", "A3", "D1")]
    save(talk.store, recap(), loaded_by="net/loader", now=NOW, reread=True)
    assert [item(talk, label) for label in ("A1", "A2", "A3", "D1")] == before


# --- recording --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("mend it", Recording("mend it")),
        ("mend it - owner Zoë", Recording("mend it", "Zoë")),
        ("mend it - due next friday - owner Zoë, me", Recording("mend it", "Zoë, me", "next friday")),
        ("mend it -- Owner: Zoë — due: M2", Recording("mend it", "Zoë", "M2")),
        ("mend the well-known due-date - it is late", Recording("mend the well-known due-date - it is late")),
        ("mend it - owners Zoë and me", Recording("mend it", "Zoë and me")),
        ("mend it - owner", Recording("mend it", "")),
    ],
)
def test_a_recording_is_read_in_its_parts(said: str, parts: Recording) -> None:
    """Owner and due stand behind a dash, in any order; other dashes are text."""
    assert split_recording(said) == parts


def test_an_action_is_recorded_with_owner_and_due(talk: Talk) -> None:
    """The reply gives the id, and all of it back."""
    assert talk.say("+action k-a: try out OpenSearch - owner zoe, me - due 1 december", "bob/bob") == [
        'Recorded: A5 Zoë, bob: "try out OpenSearch" (kolla) - due 2026-12-01.'
    ]
    assert talk.say("#nova action mend it", "bob/bob") == ['Recorded: A6 unowned: "mend it" (nova).']
    assert talk.say("recapbot: ACTION: kolla: Christian to write it down", "bob/bob") == [
        'Recorded: A7 Christian: "Christian to write it down" (kolla).'
    ]
    assert talk.say("+todo kolla: Gerrit to be upgraded", "bob/bob") == [
        'Recorded: A8 unowned: "Gerrit to be upgraded" (kolla).'
    ]
    assert talk.say("#kolla action we: all of us", "bob/bob") == ['Recorded: A9 unowned: "we: all of us" (kolla).']


def test_decisions_and_questions_are_recorded(talk: Talk) -> None:
    """Each with an id of its kind, listed at once."""
    assert talk.say("+decide kolla: OpenSearch it is - owner nobody", "bob/bob") == [
        'Recorded: D3 "OpenSearch it is - owner nobody" (kolla).'
    ]
    assert talk.say("#kolla question who pays?", "bob/bob") == ['Recorded: Q2 "who pays?" (kolla).']
    assert talk.say("+questions pays")[1].startswith("Q2 ")


def test_a_recording_made_alone_with_the_bot_says_that_all_can_read_it(talk: Talk) -> None:
    """Nobody should think that a direct message keeps a secret."""
    alone = " Everyone who may ask me can read it."
    assert talk.say("decide kolla: use it", "bob/bob", room=None) == [f'Recorded: D3 "use it" (kolla).{alone}']
    assert talk.say("note D3 really", "bob/bob", room=None) == [f'Noted: D3 "use it".{alone}']
    talk.say("question kolla: who?", "bob/bob", room=None)
    assert talk.say("answer Q2 we", "bob/bob", room=None) == ['Answered "we": Q2 "who?"', alone.strip()]


def test_the_same_recording_within_a_day_is_one(talk: Talk) -> None:
    """An echo records nothing; another team, another kind and another day do."""
    talk.say("+action kolla: mend it", "bob/bob")
    before = talk.dump()
    assert talk.say("+action kolla: Mend  it", "eve/eve") == ["A5 says that already; nothing more was recorded."]
    assert talk.dump() == before
    assert talk.say("+action nova: mend it", "bob/bob")[0].startswith("Recorded: A6")
    assert talk.say("+decide kolla: mend it", "bob/bob")[0].startswith("Recorded: D3")
    later = NOW + timedelta(hours=25)
    assert talk.say("+action kolla: mend it", "bob/bob", now=later)[0].startswith("Recorded: A7")


# --- people and rooms -------------------------------------------------------------------------------------------


def test_iam_serves_mine_and_a_confirmed_one_gives_rights(talk: Talk) -> None:
    """The claim shows what is one's own; an operator's word makes it count."""
    assert talk.say("+iam christian", "al/alice") == [
        "You are Christian: `+mine` shows what is yours; an owner's rights come with a channel operator's"
        " `~iam alice Christian`."
    ]
    assert talk.say("+mine", "al/alice")[1].startswith("A1 ")
    assert op(talk, "~iam alice christian") == ["alice is Christian from now on, with an owner's rights."]
    assert talk.say("+whoami", "al/alice") == ["You are Christian, with an owner's rights."]
    assert talk.say("+done A1", "al/alice") == [f"Done: {A1}"]


def test_a_name_that_an_account_holds_is_not_free(talk: Talk) -> None:
    """Neither a claim nor an operator's word takes it from its holder; on another network it is free."""
    op(talk, "~iam alice Christian")
    assert talk.say("+iam Christian", "bob/bob") == [
        "Christian is the account alice already. If that is wrong, tell a channel operator."
    ]
    assert op(talk, "~iam bob Christian") == ["Christian is the account alice already."]
    assert talk.say("+iam Christian", "bob/bob", network="other")[0].startswith("You are Christian: ")


def test_a_mistyped_name_is_noticed(talk: Talk) -> None:
    """A name that is new is taken, and a known one near it is proposed."""
    assert talk.say("+iam Chrstian", "al/alice")[1] == "I knew no Chrstian before. Did you mean `+iam Christian`?"
    talk.say("+iam Christian", "al/alice")
    assert talk.say("+mine", "al/alice")[1].startswith("A1 ")


def test_a_name_that_nobody_uses_is_said_to_be_so(talk: Talk) -> None:
    """However often it is said; the author of a recap is named by it."""
    for _ in range(2):
        assert talk.say("+iam Nobody Known", "al/alice")[1:] == ["No recap names Nobody Known so far."]
    assert talk.say("+iam Mark Goddard", "al/alice")[1:] == []


def test_here_is_for_a_room(talk: Talk) -> None:
    """Its team is set, changed and cleared; a direct message has none."""
    assert op(talk, "#kayobe here") == ["Commands in #ptg that name no team mean kayobe from now on."]
    assert talk.say("+decide use it", "b/b")[0].endswith("(kayobe).")
    assert op(talk, "+here none") == ["Commands in #ptg mean no team in particular from now on."]
    assert talk.say("+decide use it", "b/b") == ["Say for which team: `+decide TEAM: TEXT`; `+teams` lists them."]
    assert talk.say("here kolla", "r/root", room=None) == ["That is for a room; say it there."]


def test_a_room_is_the_same_however_its_name_is_written(talk: Talk) -> None:
    """IRC servers hand on the case that the speaker typed."""
    op(talk, "#kolla here")
    assert talk.say("+decide use it", "b/b", room="#PTG")[0].endswith("(kolla).")


def test_unload_takes_out_recaps_all_or_none(talk: Talk) -> None:
    """What was read from it is listed no longer; an id that is none stops the line."""
    before = talk.dump()
    assert talk.say("+unload C1 C9", "r/root") == [
        "There is no recap C9; `+recaps` lists those there are. Nothing was changed."
    ]
    assert talk.say("+unload A1", "r/root") == ["A1 is no recap; `+recaps` lists them."]
    assert talk.dump() == before
    assert talk.say("+unload C1", "r/root") == [
        "Unloaded: C1. Loaded again, a recap comes back with its ids and every correction."
    ]
    assert talk.say("+reload", "r/root") == ["The configuration names no paths to read: `[recaps] paths` is empty."]


@pytest.mark.parametrize(
    ("args", "labels", "rest"),
    [
        ("A12 a15, ACTION-17 and D4/A12 with words", ["A12", "A15", "A17", "D4", "A12"], "with words"),
        ("action 3 is done", ["A3"], "is done"),
        ("Decision #4: text", ["D4"], "text"),
        ("#a12;A13,A14", ["A12", "A13", "A14"], ""),
        ("and so on", [], "and so on"),
        ("A12 and so on", ["A12"], "and so on"),
        ("12", [], "12"),
        ("", [], ""),
        ("A0 A-1", [], "A0 A-1"),
    ],
)
def test_ids_are_read_from_the_beginning_of_a_text(args: str, labels: list[str], rest: str) -> None:
    """Every way to write them, with commas, `and` or nothing between; the rest is words."""
    ids, words = split_ids(args)
    assert ([str(label) for pair in ids for label in pair], words) == (labels, rest)
