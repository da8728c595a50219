import { onBeforeUnmount, watch } from 'vue'

import type { Reading } from '@/api/types'
import { takeReading, type Draft } from '@/lib/intake'
import { useFeed } from '@/stores/feed'

export const DEBOUNCE_MS = 120

/**
 * Has the text read while it is typed. Answers may overtake one another: only the newest counts.
 * The server keeps the text with the live call, so that other screens see it.
 */
export function useClassify(draft: () => Draft, onError: (error: unknown) => void) {
  const feed = useFeed()
  let timer = 0
  let asked = 0
  let taken = 0

  async function read(of: Draft): Promise<void> {
    const mine = ++asked
    try {
      const reading = await feed.command<Reading>('call_text', { call: of.call, text: of.text })
      if (mine > taken) {
        taken = mine
        takeReading(of, reading)
      }
    } catch (error) {
      onError(error)
    }
  }
  watch(
    () => [draft().call, draft().text] as const,
    ([call, text], [callBefore, textBefore]) => {
      window.clearTimeout(timer)
      if (call !== callBefore || text === textBefore) return
      const of = draft()
      if (text.trim() === '') {
        of.reading = null
        return
      }
      timer = window.setTimeout(() => void read(of), DEBOUNCE_MS)
    },
  )
  onBeforeUnmount(() => window.clearTimeout(timer))
}
