import SIOJSON
import SIONet
import SocketIOProtocol

/// The way into the namespace.
extension ClientSocketCore {
    // MARK: CONNECT

    func prepare(_ attempt: Int) {
        switch configuration.auth.form {
        case .none: prepared(attempt, .success(nil))
        case .value(let value): prepared(attempt, value.map { $0 })
        case .closure(let make):
            guard let face else { return }
            Task.immediate(executorPreference: face.loop) {
                let auth: Result<RawJSON?, any Error>
                do { auth = .success(try await make()) } catch { auth = .failure(error) }
                face.onLoop { core in
                    core.prepared(attempt, auth)
                    core.perform()
                }
            }
        }
    }

    func prepared(_ attempt: Int, _ auth: Result<RawJSON?, any Error>) {
        switch auth {
        case .failure(let error):
            machine.connectUnprepared(attempt, SocketIOClient.ConnectFailure(.auth, "\(error)", underlying: error))
        case .success(let auth):
            if let auth, auth.bytes.first != UInt8(ascii: "{") || !auth.attachments.isEmpty {
                let message = "auth has to be an object without binary values"
                return machine.connectUnprepared(attempt, SocketIOClient.ConnectFailure(.auth, message))
            }
            guard case .sendConnect(let recovery) = machine.connectPrepared(attempt) else { return }
            send(
                ClientPacket { writer in
                    PacketEncoder.appendConnect(
                        json: auth?.bytes, privateID: recovery?.privateID, offset: recovery?.offset,
                        namespace: namespace, into: &writer.buffer)
                })
        }
    }

    func connected(_ recovered: Bool) {
        guard let face else { return }
        connection = ClientConnection(face, number: machine.connection)
        face.update {
            $0.id = machine.id
            $0.isActive = true
            $0.isRecovered = recovered
        }
        tell(.connect)
        finish(\.connectWaiters, .success(()))
    }

    func connectFailed(_ failure: Machine.ConnectFailure) {
        let told: SocketIOClient.ConnectFailure
        switch failure {
        case .transport(let failure), .refused(let failure), .unauthenticated(let failure): told = failure
        case .lost(let reason, let failure): told = .lost(reason, failure?.engineError)
        case .incompatible: told = .incompatible
        }
        face?.update { $0.isActive = machine.isActive }
        tell(.connectError(told))
        if !machine.isActive { finish(\.connectWaiters, .failure(told)) }
    }
}
