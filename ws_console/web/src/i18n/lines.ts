/** Texts of the emergency lines' keys and of paper forms, in both languages. */
export const linesZh = {
  title: '生命危险：一键转接专线',
  hint: '先接通，后填单；与来电人的通话不中断',
  name: { 110: '公安', 119: '消防', 120: '急救', 122: '交警' },
  call: '转接 {line}',
  again: '重拨 {line}',
  ringing: '正在呼叫 {line}，接通后即三方通话',
  here: '{line} 已在通话中',
  needCall: '接听来电后才能转接专线',
  handOver: '交办给承办单位',
  handOverHint: '专线已接入；工单中其余事项交承办单位',
  handedOver: '已交办',
}

export const linesEn: typeof linesZh = {
  title: 'Danger to life: a line with one key',
  hint: 'Connected first, written down afterwards; the caller stays with you',
  name: { 110: 'Police', 119: 'Fire', 120: 'Ambulance', 122: 'Traffic' },
  call: 'Call {line}',
  again: 'Redial {line}',
  ringing: 'Calling {line}; it joins as soon as it answers',
  here: '{line} is in the talk',
  needCall: 'A line is joined to a call: answer one first',
  handOver: 'Hand over to the unit',
  handOverHint: 'The line is linked; the rest of the case goes to a unit',
  handedOver: 'Handed over',
}
