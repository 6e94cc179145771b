// The last digest stays readable offline: what the network can't give comes from the last visit.
const KEPT = "triage-1";

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const kept = url.pathname.startsWith("/day/") || url.pathname.startsWith("/static/") || url.pathname === "/";
  if (event.request.method !== "GET" || url.origin !== location.origin || !kept) return;
  event.respondWith(fetched(event.request));
});

async function fetched(request) {
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    // A page that was led to is kept under both addresses; a login page under neither.
    if (response.ok && !new URL(response.url).pathname.startsWith("/login")) {
      cache.put(request.url, new Response(await response.clone().blob(), { headers: response.headers }));
    }
    return response;
  } catch (error) {
    return (await cache.match(request.url)) || Response.error();
  }
}
