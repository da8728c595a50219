import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { runClock } from './composables/useClock'
import { i18n } from './i18n'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'

runClock()
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
