/** Times as shown: Beijing time with seconds (Q-X-02), whatever this machine's zone is. */
const ZONE = 'Asia/Shanghai'
const clock = new Intl.DateTimeFormat('zh-CN', {
  timeZone: ZONE,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, month: '2-digit', day: '2-digit' })
const full = new Intl.DateTimeFormat('sv-SE', {
  timeZone: ZONE,
  dateStyle: 'short',
  timeStyle: 'medium',
})

export const timeOf = (at: number | null | undefined): string => (at ? clock.format(at) : '–')
export const stampOf = (at: number | null | undefined): string => (at ? full.format(at) : '–')
/** Today the time alone, otherwise with month and day. */
export const whenOf = (at: number | null | undefined, now: number): string =>
  !at ? '–' : day.format(at) === day.format(now) ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`

/** 19900001234 → 199 0000 1234, 05635550101 → 0563 5550101; anything else as it is. */
export function phone(number: string): string {
  const bare = number.replace(/[^\d+*]/g, '')
  const mobile = /^(?:\+?86)?(1\d{2})([\d*]{4})([\d*]{4})$/.exec(bare)
  if (mobile) return `${mobile[1]} ${mobile[2]} ${mobile[3]}`
  const landline = /^(0\d{3})([\d*]{7,8})$/.exec(bare)
  return landline ? `${landline[1]} ${landline[2]}` : number
}
