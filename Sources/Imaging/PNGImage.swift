import CPNG
public import Foundation

/// An 8-bit image of rows from the top, for PNG files through libpng.
public struct PNGImage: Sendable, Equatable {
    public enum Format: Sendable {
        case grey
        case rgb

        public var channels: Int { self == .grey ? 1 : 3 }
        fileprivate var code: UInt32 { self == .grey ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR) }
    }

    public let width: Int
    public let height: Int
    public let format: Format
    /// `height` rows of `width` pixels of one or three bytes.
    public var pixels: [UInt8]

    /// - Parameter pixels: exactly `width * height * format.channels` bytes.
    public init(width: Int, height: Int, format: Format, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "an image without pixels")
        precondition(pixels.count == width * height * format.channels, "pixels that do not make up the image")
        self.width = width
        self.height = height
        self.format = format
        self.pixels = pixels
    }

    /// The image as a PNG file.
    public func encoded() throws(PNGError) -> [UInt8] {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.width = UInt32(width)
        image.height = UInt32(height)
        image.format = format.code
        var byteCount = 0
        guard png_image_write_to_memory(&image, nil, &byteCount, 0, pixels, 0, nil) != 0 else {
            throw PNGError(image)
        }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard png_image_write_to_memory(&image, &bytes, &byteCount, 0, pixels, 0, nil) != 0 else {
            throw PNGError(image)
        }
        return bytes
    }

    /// Writes the image as a PNG file, replacing a file of that name at once or not at all.
    public func write(to url: URL) throws(PNGError) {
        do {
            try Data(encoded()).write(to: url, options: .atomic)
        } catch let error as PNGError {
            throw error
        } catch {
            throw PNGError("\(url.lastPathComponent) cannot be written; check the folder and its space", cause: error)
        }
    }

    /// Decodes a PNG file; colour becomes 8-bit RGB on black, anything else 8-bit grey.
    public init(decoding bytes: [UInt8]) throws(PNGError) {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        guard png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0 else { throw PNGError(image) }
        defer { png_image_free(&image) }
        guard Int(image.width) * Int(image.height) <= Self.maximumPixelCount else {
            throw PNGError("\(image.width) x \(image.height) pixels are too many")
        }
        let format: Format = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0 ? .rgb : .grey
        image.format = format.code
        var pixels = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height) * format.channels)
        var background = png_color(red: 0, green: 0, blue: 0)
        guard png_image_finish_read(&image, &background, &pixels, 0, nil) != 0 else { throw PNGError(image) }
        self.init(width: Int(image.width), height: Int(image.height), format: format, pixels: pixels)
    }

    /// Larger images are refused before memory is taken for them.
    public static let maximumPixelCount = 1 << 28
}

/// Why an image was not encoded, decoded or written.
public struct PNGError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, in libpng's words where it noticed.
    public let message: String
    public let cause: (any Error)?

    init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }

    fileprivate init(_ image: png_image) {
        let text = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        self.init("PNG: \(text)")
    }

    public var description: String { message }
}
