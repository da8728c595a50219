"""How a text is said: the table that the telephone's ear decides by."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.adapters.speech.normal import RESPELLED, spoken
from dispatcher.core.briefs import _ABOUT
from dispatcher.core.ids import CATEGORIES, DISTRICTS

TABLE = [
    # service numbers and telephones: digit by digit, 幺 for 1
    ("请拨打110", "请拨打幺幺零"),
    ("110、119、120、122", "幺幺零、幺幺九、幺二零、幺二二"),
    ("119指挥中心和120急救", "幺幺九指挥中心和幺二零急救"),
    ("12345热线", "幺二三四五热线"),
    ("电梯应急96333", "电梯应急九六三三三"),
    ("供电95598", "供电九五五九八"),
    ("电话0563-5550101", "电话零五六三五五五零幺零幺"),
    ("电话：0563 5550101", "电话:零五六三五五五零幺零幺"),
    ("手机19900000001", "手机幺九九零零零零零零零幺"),
    ("400-555-0101", "四零零五五五零幺零幺"),
    # the case's digits
    ("工单尾号0123", "工单尾号零幺二三"),
    ("工单尾号1234", "工单尾号幺二三四"),
    ("报工单尾号1001", "报工单尾号幺零零幺"),
    ("工单号20261122-000123", "工单号二零二六幺幺二二零零零幺二三"),
    ("20261122-000123", "二零二六幺幺二二零零零幺二三"),
    ("请输入工单号后四位", "请输入工单号后四位"),
    ("编号:11", "编号:幺幺"),
    # amounts
    ("距路口110米", "距路口一百一十米"),
    ("120人被困", "一百二十人被困"),
    ("122人", "一百二十二人"),
    ("10分钟", "十分钟"),
    ("10005户停水", "一万零五户停水"),
    ("100010人", "十万零一十人"),
    ("5000元", "五千元"),
    ("约3.5公里", "约三点五公里"),
    ("3.5km外", "三点五公里外"),
    ("高约20m", "高约二十米"),
    ("面积30㎡", "面积三十平方米"),
    ("10kV线路", "十千伏线路"),
    ("220V", "二百二十伏"),
    ("5kg液化气", "五公斤液化气"),
    ("气温37.5℃", "气温三十七点五摄氏度"),
    ("-2℃结冰", "零下二摄氏度结冰"),
    ("下降30%", "下降百分之三十"),
    ("12.5％", "百分之十二点五"),
    # people
    ("有2人受伤", "有两人受伤"),
    ("2名工人", "两名工人"),
    ("伤亡被困2人", "伤亡被困两人"),
    ("12人受伤", "十二人受伤"),
    ("22人", "二十二人"),
    ("102人", "一百零二人"),
    ("2-3人被困", "两到三人被困"),
    ("10~12户", "十到十二户"),
    ("2个孩子2位老人", "两个孩子两位老人"),
    ("第2人", "第二人"),
    # places
    ("测试路110号", "测试路一百一十号"),
    ("12栋2单元501室", "十二栋二单元五零幺室"),
    ("1203室", "幺二零三室"),
    ("2楼", "二楼"),
    ("3号楼2层", "三号楼二层"),
    ("G50高速", "G五零高速"),
    ("皖P12345", "皖P幺二三四五"),
    ("5组8号", "五组八号"),
    # times, dates, durations
    ("9:05到场", "上午九点零五分到场"),
    ("上午9:05", "上午九点零五分"),
    ("下午2:05", "下午两点零五分"),
    ("14:05报警", "下午两点零五分报警"),
    ("9:30和20：00", "上午九点三十分和晚上八点整"),
    ("0:10", "凌晨零点十分"),
    ("12:30", "中午十二点三十分"),
    ("08:00:09", "上午八点零分九秒"),
    ("2点30分", "两点三十分"),
    ("9点05分", "九点零五分"),
    ("25:00", "二十五:零零"),
    ("2026年11月3日", "二零二六年十一月三日"),
    ("2026-11-22", "二零二六年十一月二十二日"),
    ("2月2日", "二月二日"),
    ("2号", "二号"),
    ("2小时内", "两小时内"),
    ("2分钟", "两分钟"),
    ("1小时30分", "一小时三十分"),
    ("90秒", "九十秒"),
    ("2天2个月2年", "两天两个月两年"),
    ("1.5小时", "一点五小时"),
    # keys
    ("请按1", "请按一"),
    ("请按0和井号键", "请按零和井号键"),
    # readings
    ("重听请按9", "虫听请按九"),
    ("胡乐镇", "胡勒镇"),
    ("没有数字", "没有数字"),
    ("", ""),
    ("２人，１１０", "两人,幺幺零"),
]


@pytest.mark.parametrize(("written", "said"), TABLE)
def test_as_people_say_it(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(("written", "said"), TABLE)
def test_what_is_written_out_stays(written: str, said: str) -> None:
    assert spoken(spoken(written)) == said


@given(
    st.text(alphabet="0123456789:.-%~年月日时点分秒人个号室路第尾号电话上午 Gkm℃一二", max_size=40)
)
def test_no_digit_reaches_the_engine(text: str) -> None:
    assert not re.search(r"[0-9]", spoken(text))


@given(st.text(max_size=60))
def test_any_text_is_said(text: str) -> None:
    assert not re.search(r"[0-9]", spoken(text))


def test_every_fixed_word_of_a_brief_is_free_of_digits() -> None:
    for text in (*DISTRICTS.values(), *(name for name, _ in CATEGORIES.values()), *_ABOUT.values()):
        assert spoken(text) == text


def test_what_is_respelled_is_never_respelled_again() -> None:
    for read in RESPELLED.values():
        assert not any(written in read for written in RESPELLED)
