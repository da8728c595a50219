from dispatcher.testing.relay.message import Sip

SDP = b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9000 RTP/AVP 8 101\r\n"
INVITE = (
    b"INVITE sip:05635550101@127.0.0.1:5060 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-1\r\n"
    b"Call-ID: abc@x\r\n"
    b"Contact: <sip:asterisk@127.0.0.1:5080>\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: %d\r\n\r\n" % len(SDP)
) + SDP


def parsed(raw: bytes) -> Sip:
    sip = Sip.of(raw)
    assert sip is not None
    return sip


def test_a_request() -> None:
    sip = parsed(INVITE)
    assert (sip.method, sip.user, sip.code) == ("INVITE", "05635550101", 0)
    assert (sip.call_id, sip.audio_port) == ("abc@x", 9000)


def test_a_request_to_nobody_in_particular() -> None:
    sip = parsed(b"OPTIONS sip:127.0.0.1:5060 SIP/2.0\r\ni: abc\r\n\r\n")
    assert (sip.method, sip.user, sip.call_id) == ("OPTIONS", "", "abc")


def test_an_answer() -> None:
    sip = parsed(b"SIP/2.0 486 Busy Here\r\nCall-ID: abc\r\n\r\n")
    assert (sip.method, sip.code, sip.audio_port) == ("", 486, 0)


def test_what_is_no_message() -> None:
    assert Sip.of(b"\r\n\r\n") is None
    assert Sip.of(b"hello Call-ID: x\r\n") is None
    assert Sip.of(b"HELLO\r\nCall-ID: x\r\n\r\n") is None


def test_the_sender_s_place_is_changed_and_nothing_else() -> None:
    given = parsed(INVITE).with_contact(6000)
    assert given == INVITE.replace(b"asterisk@127.0.0.1:5080", b"asterisk@127.0.0.1:6000")


def test_the_sound_s_place_is_changed_and_the_length_is_right() -> None:
    given = parsed(INVITE).with_audio(31000)
    head, _, body = given.raw.partition(b"\r\n\r\n")
    assert body == SDP.replace(b"9000", b"31000")
    assert f"Content-Length: {len(body)}".encode() in head
    assert given.audio_port == 31000
