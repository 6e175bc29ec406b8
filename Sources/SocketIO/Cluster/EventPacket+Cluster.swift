extension EventPacket {
    /// The same event, to be acknowledged with an id of this server's.
    func asking(with acknowledgementID: UInt64) throws -> EventPacket {
        try EventPacket(
            json: json, attachments: attachments, namespace: namespace, acknowledgementID: acknowledgementID)
    }
}
