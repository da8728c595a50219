/**
 * The shared clock of all countdowns: one timer for the whole page, aligned to the server's
 * seconds. Every tick reads the time anew, so a throttled background tab is late at most, never
 * wrong; coming back to the front it is right at once.
 */
import { computed, readonly, shallowRef, type ComputedRef, type Ref } from 'vue'

import type { ClockView } from '@/api/types'
import { countdown, type Countdown } from '@/lib/countdown'
import { ServerTime } from '@/lib/serverTime'

export const serverTime = new ServerTime()

const now = shallowRef(Date.now())
let timer = 0

function tick(): void {
  now.value = serverTime.now()
  window.clearTimeout(timer)
  timer = window.setTimeout(tick, 1_000 - (now.value % 1_000) + 2)
}

/** Starts the page's clock; called once. */
export function runClock(): void {
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) tick()
  })
  tick()
}

/** The server's time in milliseconds, moving once a second. */
export const useNow = (): Readonly<Ref<number>> => readonly(now)

export const useCountdown = (clock: () => ClockView | null): ComputedRef<Countdown> =>
  computed(() => countdown(clock(), now.value))
