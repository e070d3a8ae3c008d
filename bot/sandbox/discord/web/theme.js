// Runs before the first paint. Dark unless the person chose light.
(() => {
  let theme = 'dark'
  try { theme = localStorage.getItem('guild-theme') || 'dark' } catch { /* private mode */ }
  document.documentElement.dataset.theme = theme
})()
