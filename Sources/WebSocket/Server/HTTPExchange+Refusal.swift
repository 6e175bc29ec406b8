import SIOHTTP
import SIONet

extension HTTPExchange {
    /// Refuses a handshake; behind a refusal a client may already have sent frames, which are no requests.
    func refuse(_ response: HTTPResponse) {
        var response = response
        response.headers["Connection"] = "close"
        respond(response)
    }

    /// Refuses a handshake, because there is no room, or will be none any more.
    func refuseForNow() {
        refuse(.text("Service Unavailable\n", status: .serviceUnavailable))
    }
}
