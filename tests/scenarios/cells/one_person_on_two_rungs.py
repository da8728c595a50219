"""One person is filed on two rungs of a unit's ladder."""

from dataclasses import replace
from typing import Any

from dispatcher.core.ids import Rung, UnitId
from dispatcher.core.rules import DutyContact, Rules
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import UnitLeg
from dispatcher.testing.sample_rules import GAS, sample_rules
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import DUTY, LIAISON, REQUESTER
from tests.scenarios.world import World

from .registry import cell, set_scene


def doubled(*, one: Rung, also: Rung, same_name: bool = True) -> Rules:
    """The gas company's contact on rung ``also`` is the person of ``one``: the same telephone."""
    rules = sample_rules()
    unit = rules.units[GAS]
    person = unit.on_rung(one)[0]

    def filed(contact: DutyContact) -> DutyContact:
        if contact.rung is not also:
            return contact
        name = person.name if same_name else contact.name
        return replace(contact, name=name, numbers=person.numbers)

    units: dict[UnitId, Any] = {
        **rules.units, GAS: replace(unit, contacts=tuple(map(filed, unit.contacts)))
    }  # fmt: skip
    return replace(rules, units=units)


def legs_to(world: World, digits: str) -> list[UnitLeg]:
    return [x for x in world.phones.units.placed if x.number == digits]


@cell("one_number_on_two_rungs")
async def _(make: MakeWorld) -> None:
    """Liaison and duty line are one telephone: one call at A0, none more before a minute."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.LIAISON))
    await s.ringing()
    await s.world.clock_at("0:59")
    assert len(legs_to(s.world, DUTY)) == 1
    await s.world.clock_at("1:05")
    assert len(legs_to(s.world, DUTY)) == 2
    leg = await s.world.unit_presses(GAS, Rung.DUTY, "1")
    await s.world.forward("4:00")
    assert leg.alive, "nobody is hung up by his own second rung"
    assert s.case.room == {REQUESTER, "agent1", DUTY}
    assert s.case.state.assignments[s.case.assignment()].trying == ()


@cell("one_number_on_two_rungs")
async def _(make: MakeWorld) -> None:
    """The same contact id on two rungs is one callee."""
    rules = sample_rules()
    unit = rules.units[GAS]
    first = unit.on_rung(Rung.LIAISON)[0]
    contacts = tuple(
        replace(first, rung=x.rung) if x.rung is Rung.HANDLER else x for x in unit.contacts
    )
    rules = replace(rules, units={**rules.units, GAS: replace(unit, contacts=contacts)})
    s = await set_scene(make, rules)
    await s.ringing()
    await s.world.clock_at("1:05")
    callees = [c.contact for c in s.case.state.assignments[s.case.assignment()].trying]
    assert len(callees) == len(set(callees)) == 2
    assert len(legs_to(s.world, LIAISON)) == 2
    await s.world.unit_presses(GAS, Rung.LIAISON, "1")
    assert s.case.room == {REQUESTER, "agent1", LIAISON}


@cell("one_person_heard_the_mark")
async def _(make: MakeWorld) -> None:
    """B2 goes to liaison and handler: he hears it once."""
    s = await set_scene(make, doubled(one=Rung.LIAISON, also=Rung.HANDLER))
    await s.joined()
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    s.world.unit(GAS, Rung.LIAISON, Behaviour.presses("1"))
    await s.world.clock_at("7:30")
    told = len(legs_to(s.world, LIAISON))
    assert (await s.case.marks())["B2"] == "7:00"
    await s.world.clock_at("8:55")
    assert len(legs_to(s.world, LIAISON)) == told == 2
    callees = s.case.state.assignments[s.case.assignment()].callees
    assert {c.closed for c in callees if c.about == "B2"} == {"heard"}


@cell("one_person_said_not_ours")
async def _(make: MakeWorld) -> None:
    """Key 2 brings the next step at once, which is his own second rung: he is left alone."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.HANDLER))
    await s.briefing()
    await s.world.unit_presses(GAS, Rung.DUTY, "2")
    await s.world.clock_at("3:30")
    assert len(legs_to(s.world, DUTY)) == 1
    assert s.world.rings(GAS, Rung.DEPUTY) == ["2:00", "3:00"]
    await s.world.agent().does(
        "ring_again", case=s.case.id, assignment=s.case.assignment(), contact="gas:duty"
    )
    assert len(legs_to(s.world, DUTY)) == 2, "a person may ask for him again"


@cell("one_person_is_in_the_room")
async def _(make: MakeWorld) -> None:
    """He talks with the caller: the marks that go to his other rung do not ring him."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.LIAISON))
    await s.joined()
    await s.world.clock_at("7:30")
    assert (await s.case.marks())["B2"] == "7:00"
    assert len(legs_to(s.world, DUTY)) == 1
    assert s.case.room == {REQUESTER, "agent1", DUTY}


@cell("one_person_did_not_answer_again")
async def _(make: MakeWorld) -> None:
    """Lost and not found again: his own second rung is passed over for the one after it."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.HANDLER))
    await s.joined()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.settle()
    assert len(legs_to(s.world, DUTY)) == 2
    assert s.world.rings(GAS, Rung.DEPUTY) == ["0:05"]
