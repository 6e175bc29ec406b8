import SIOWebSocket
import Testing

@Test func `what was agreed on is each side's own`() {
    let parameters = DeflateParameters(serverNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 12)
    #expect(!parameters.takesOver(.server) && parameters.takesOver(.client))
    #expect(parameters.windowBits(of: .server) == 9 && parameters.windowBits(of: .client) == 12)
}
