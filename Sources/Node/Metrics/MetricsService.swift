import DICOMNetwork
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Answers `GET /metrics` over HTTP. Nobody is asked who they are: the address decides who may read.
struct MetricsService: Service, CustomStringConvertible {
    let settings: Configuration.Metrics
    let logger: Logger
    /// Gives the exposition; blocks.
    let read: @Sendable () throws -> String

    var description: String { "metrics" }

    /// Scrapers come back every few seconds; a connection that is silent for longer is closed.
    private static let idleTimeout = TimeAmount.seconds(60)

    /// - Throws: `NetworkError` `.cannotListen`.
    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw NetworkError(
                .cannotListen,
                "Cannot serve metrics on \(settings.address) port \(settings.port). Is another program using it?",
                cause: "\(SystemError(number: error.errnoCode))")
        }
    }

    private var application: some ApplicationProtocol {
        let router = Router()
        router.get("metrics") { _, _ in await respond() }
        // Its notices of start and stop would repeat ours.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            router: router, server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(settings.address, port: settings.port)),
            onServerRunning: { channel in tell(channel.localAddress?.port ?? settings.port) }, logger: quiet)
    }

    private func tell(_ port: Int) {
        logger.notice("serving metrics", metadata: ["url": "http://\(settings.address):\(port)/metrics"])
    }

    /// Without the archive there is no answer: numbers that stand still would look like a node that is well.
    private func respond() async -> Response {
        do {
            let text = try await BlockingService.onOwnThread(read)
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        } catch {
            logger.error("metrics cannot be read: \(error)")
            return Response(status: .internalServerError)
        }
    }
}
