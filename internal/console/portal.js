// Makes the pages livelier; they do without it. Plain old script: chat programs' browsers run it as well.
(function () {
  'use strict';
  var main = document.querySelector('main');
  if (!main) return;

  // What changes by itself is kept up to date: of each order its own.
  clearInterval(window.anxinLive); // of the page whose place this one took
  var live = Array.prototype.slice.call(document.querySelectorAll('[data-live]'));
  if (live.length && window.fetch && window.DOMParser) {
    window.anxinLive = setInterval(function () {
      if (document.hidden) return;
      fetch(location.pathname, { credentials: 'same-origin' })
        .then(function (answer) {
          return answer.ok ? answer.text() : '';
        })
        .then(function (text) {
          var page = text && new DOMParser().parseFromString(text, 'text/html');
          live.forEach(function (one) {
            var next = page && page.querySelector('[data-live="' + one.getAttribute('data-live') + '"]');
            if (next && next.innerHTML !== one.innerHTML) one.innerHTML = next.innerHTML;
          });
        })
        .catch(function () {
          // No signal: the page stays as it is and tries again.
        });
    }, 20000);
  }

  // Questions that hang on another answer come and go with it; what to do about a danger shows as soon as it is named.
  var asks = Array.prototype.slice.call(document.querySelectorAll('.ask'));
  function ask() {
    asks.forEach(function (one) {
      var on = one.getAttribute('data-if');
      if (on) {
        var wanted = one.getAttribute('data-is').split(' ');
        one.hidden = !asks.some(function (other) {
          if (other.hidden) return false;
          return Array.prototype.some.call(other.querySelectorAll('input:checked'), function (input) {
            return input.name === on && wanted.indexOf(input.value) >= 0;
          });
        });
        var only = one.querySelector('.only');
        if (only) only.hidden = true;
      }
      Array.prototype.forEach.call(one.querySelectorAll('[data-do]'), function (box) {
        box.hidden = !one.querySelector('input[data-danger="' + box.getAttribute('data-do') + '"]:checked');
      });
    });
  }
  if (asks.length > 0) {
    main.addEventListener('change', ask);
    ask();
  }

  // A browser writes its own words beside a choice of files, in its own language: ours stand over them.
  Array.prototype.forEach.call(document.querySelectorAll('input[type=file]'), function (input) {
    var box = document.createElement('div');
    var words = document.createElement('span');
    box.className = 'pick';
    words.setAttribute('aria-hidden', 'true'); // the field has its label
    input.parentNode.insertBefore(box, input);
    box.appendChild(input);
    box.appendChild(words);
    function say() {
      var names = Array.prototype.map.call(input.files, function (one) {
        return one.name;
      });
      words.textContent = names.length > 0 ? main.getAttribute('data-chosen').replace('#', names.length) + ' ' + names.join(', ') : main.getAttribute('data-choose');
      if (names.length > 0) words.setAttribute('translate', 'no');
      else words.removeAttribute('translate');
    }
    input.addEventListener('change', say);
    say();
  });

  function trouble(form, words) {
    var box = form.querySelector('[data-trouble]') || document.createElement('p');
    box.setAttribute('data-trouble', '');
    box.setAttribute('role', 'alert');
    box.className = 'box bad';
    box.textContent = words;
    form.appendChild(box);
    if (box.scrollIntoView) box.scrollIntoView({ block: 'nearest' });
  }

  // More than the server takes is not sent: it would cut the line in the middle, which looks as if there were no network.
  document.addEventListener('submit', function (event) {
    var bytes = 0;
    Array.prototype.forEach.call(event.target.querySelectorAll('input[type=file]'), function (input) {
      Array.prototype.forEach.call(input.files || [], function (one) {
        bytes += one.size;
      });
    });
    if (bytes <= main.getAttribute('data-megabytes') * 1048576 - 65536) return; // the words need some room, too
    event.preventDefault();
    trouble(event.target, main.getAttribute('data-large'));
  });

  // A form is sent without leaving the page: where no answer comes, or a broken one, all that was typed is still there.
  if (!window.fetch || !window.FormData || !window.URLSearchParams || !('submitter' in (window.SubmitEvent ? SubmitEvent.prototype : {}))) return;
  document.addEventListener('submit', function (event) {
    var form = event.target;
    if ((form.getAttribute('method') || '').toLowerCase() !== 'post' || event.defaultPrevented) return;
    event.preventDefault();
    var button = event.submitter;
    var data = new FormData(form);
    if (button && button.name) data.append(button.name, button.value);
    var body = form.getAttribute('enctype') === 'multipart/form-data' ? data : new URLSearchParams(data);
    function stay(words) {
      trouble(form, words);
      if (button) button.disabled = false;
    }
    if (button) button.disabled = true;
    fetch(form.getAttribute('action') || location.href, { method: 'POST', body: body, credentials: 'same-origin' }).then(
      function (answer) {
        if (answer.status >= 500) return stay(main.getAttribute('data-failed'));
        if (answer.redirected) return location.assign(answer.url);
        // A refusal, or the page after the act: it takes the place of this one.
        return answer.text().then(
          function (page) {
            document.open();
            document.write(page);
            document.close();
          },
          function () {
            stay(main.getAttribute('data-lost'));
          },
        );
      },
      function () {
        stay(main.getAttribute('data-lost'));
      },
    );
  });
})();
