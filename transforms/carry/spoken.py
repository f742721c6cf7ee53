"""Sources that another sentence names: the running quotation, the sentence before about the same event, the body for a headline, the
body that publishes the whole report.
"""

from __future__ import annotations

from ..attribution import Report
from ..draft import Draft
from ..event import LEAD, Account, goes_on, tells_event
from ..lexicon import any_of


def fill_sources(account: Account) -> None:
    """Sources that another sentence names: the running quotation, the sentence before about the same event, the body for a headline."""
    drafts = account.drafts
    _quotations(account)
    for i, draft in enumerate(drafts):
        if draft.report is None and (draft.scope != "cumulative" or _adds_up(draft)) and (carried := _carried(i, account)):
            draft.report, draft.source_basis = carried, "context"
    _from_the_only_speaker(account)
    for draft in drafts:  # "… killed on Saturday. Six of those killed were …, police said": the part names the source of the whole
        whole = draft.parent
        if (
            whole is not None
            and whole.report is None
            and draft.report is not None
            and draft.link.back_subset
            and draft.index - whole.index == 1
        ):
            whole.report, whole.source_basis = draft.report, "context"
    for i, draft in enumerate(drafts):  # a headline or lead takes the source that the body gives for the same toll, if it gives one
        if draft.report is None and draft.scope != "cumulative":
            near = LEAD if draft.index > LEAD else len(account.readings)
            later = [
                drafts[k].report
                for k in account.mentions(i)
                if k > i and drafts[k].scope == "event" and drafts[k].index - draft.index <= near
            ]
            named = [report for report in later if report is not None]
            if len({report.speaker.source_id for report in named}) == 1:
                draft.report, draft.source_basis = named[0], "context"


_OWN_VOICE = frozenset(
    {"monitor", "military", "government", "ngo", "un_body", "rescue_service", "health_ministry", "armed_group", "medics"}
)
"""Types of bodies that publish reports of their own."""


def _from_the_only_speaker(account: Account) -> None:
    """A body's own report, a monitor's daily round or an army's communiqué: it opens by naming the body, which then speaks as "we", or
    nobody else speaks in it.
    """
    told = [(index, report) for index, reading in enumerate(account.readings) for report in reading.reports if not report.carried]
    if not told or told[0][0] > 2 or told[0][1].speaker.type not in _OWN_VOICE:
        return
    own_voice = any(not reading.quoted and any_of("own_voice").search(reading.sentence.text) for reading in account.readings)
    if len({report.speaker.source_id for _, report in told}) > 1 and not own_voice:
        return
    first, report = told[0]
    for draft in account.drafts:
        if (
            draft.report is None
            and draft.index > first
            and (draft.scope == "event" or own_voice)
            and (own_voice or draft.precision not in ("month", "year", "period"))
            and not account.readings[draft.index].past
        ):
            draft.report, draft.source_basis = report, "context"


def _quotations(account: Account) -> None:
    """A quotation that runs on over sentences keeps its speaker; one that has none yet takes the next sentence's."""
    spoken: list[Report | None] = [None]
    for reading in account.readings:
        spoken.append(reading.reports[-1] if reading.reports else spoken[-1])
    for i, draft in enumerate(account.drafts):
        reading, index = account.reading(i), draft.index
        if draft.report is not None or not reading.quoted or reading.reports:
            continue
        following = next((r for rd in account.readings[index + 1 : index + 2] if rd.quoted for r in rd.reports[:1]), None)
        goes_on_quoting = index > 0 and account.readings[index - 1].quoted and spoken[index] is not None
        donor = spoken[index] if goes_on_quoting else following or spoken[index]
        if donor:
            draft.report, draft.source_basis = donor, "context"


def _carried(i: int, account: Account) -> Report | None:
    """The source of the claim before, where this one goes on about the same event in the next sentence without naming any."""
    draft, reading = account.drafts[i], account.reading(i)
    if reading.reports and any(r.form == "before" for r in reading.reports):
        first = reading.reports[0]  # "A woman and a child died and the source added that …"
        return first if first.carried and draft.sentence.start + draft.chunk.start < first.verb_start else None
    if draft.parent is not None and draft.parent.report is not None:
        return draft.parent.report
    before = [account.drafts[k] for k in account.around(i, 2, 0) if k < i]
    for earlier in reversed(before):
        if earlier.index == draft.index and earlier.report is not None:
            return earlier.report
    if reading.fresh or reading.other_time or (reading.dates and not draft.link.back_subset and not _adds_up(draft)):
        return None
    if told := _told_before(draft, account):
        return told
    for earlier in reversed(before):
        if earlier.index < draft.index and earlier.report is not None and earlier.scope == "event":
            other_weapon = (
                draft.weapon and earlier.weapon and "other" not in (draft.weapon, earlier.weapon) and draft.weapon != earlier.weapon
            )
            return earlier.report if goes_on(draft, earlier, account.readings) and not other_weapon else None
    return None


def _adds_up(draft: Draft) -> bool:
    """ "The executions bring to 48 the number of …": who told of the last ones counts them all."""
    return draft.link.rule == "count_the_toll"


def _told_before(draft: Draft, account: Account) -> Report | None:
    """Who told the sentence before, where that states no number: "Police said a bomb went off in a market. Twelve people died." """
    if draft.index == 0:
        return None
    before, reading = account.readings[draft.index - 1], account.readings[draft.index]
    if before.links or not before.reports or before.fresh or reading.reports or before.sentence.paragraph != reading.sentence.paragraph:
        return None
    return before.reports[-1] if tells_event(before) and not reading.places else None
