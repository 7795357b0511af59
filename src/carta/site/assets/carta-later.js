// Style sheets and scripts that a page can be read without come when it has been drawn once. They would keep a slow
// network and a slow machine from what a reader waits for.

{
  const addresses = (document.currentScript.dataset.later ?? "").split(" ").filter((address) => address);

  requestAnimationFrame(() => requestAnimationFrame(() => {
    // With scripts at work, what stands in it is text.
    const sheets = document.getElementById("carta-later");
    sheets.insertAdjacentHTML("afterend", sheets.textContent);
    for (const address of addresses) {
      const script = document.createElement("script");
      script.src = address;
      // In their order.
      script.async = false;
      document.head.append(script);
    }
  }));
}
