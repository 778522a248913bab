// Says in words why a passkey did not work; the script of the sign-in library says it to the console alone.

const words = document.getElementById("passkey-words").dataset;
const isNumber = /^[\d.]+$|:/.test(window.location.hostname);

function reason(exception) {
  if (isNumber) return words.noName;
  if (!window.PublicKeyCredential) return words.noPasskeys;
  return exception && exception.name === "NotAllowedError" ? words.cancelled : words.failed;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.createElement("p");
  said.className = "alert alert-error";
  said.setAttribute("role", "alert");
  said.textContent = reason(event.detail.exception);
  const messages = document.getElementById("messages");
  messages.replaceChildren(said);
  said.scrollIntoView({ block: "nearest" });
});
