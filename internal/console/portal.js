// Keeps what changes by itself on a page up to date. Plain old script: chat programs' browsers run it as well.
(function () {
  'use strict';
  var live = document.getElementById('live');
  if (!live || !window.fetch || !window.DOMParser) return;
  setInterval(function () {
    if (document.hidden) return;
    fetch(location.pathname, { credentials: 'same-origin' })
      .then(function (answer) {
        return answer.ok ? answer.text() : '';
      })
      .then(function (text) {
        var next = text && new DOMParser().parseFromString(text, 'text/html').getElementById('live');
        if (next && next.innerHTML !== live.innerHTML) live.innerHTML = next.innerHTML;
      })
      .catch(function () {
        // No signal: the page stays as it is and tries again.
      });
  }, 20000);
})();
