"""A shift is long: what is over is forgotten, so that memory and screens stay small."""

from dispatcher.core.ids import CallId
from tests.scenarios.world import World


async def test_a_call_long_over_leaves_screens_and_memory(world: World) -> None:
    assert world.service is not None
    first = await world.caller("19900000001")
    call = CallId(first.channel)
    world.service.present.texts[call] = {"text": "没水"}
    first.hang_up()
    await world.forward("11:00")
    await world.caller("19900000002")
    assert call not in world.service.hotline.live.calls
    assert world.service.present.texts == {}
    gone = [f for f in world.frames if f.kind == "call" and f.key == call][-1]
    assert gone.data == {}
