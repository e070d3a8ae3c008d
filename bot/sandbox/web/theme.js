// Runs before the first paint, so that the page never flashes in the other theme.
(() => {
  const wanted = matchMedia('(prefers-color-scheme: dark)')
  const stored = () => { try { return localStorage.getItem('theme') } catch { return null } }
  const put = () => { document.documentElement.dataset.theme = stored() || (wanted.matches ? 'dark' : 'light') }
  wanted.addEventListener('change', put)
  put()
})()
