import Glibc

extension ChestAnatomy {
    /// What lies over the lungs in painting order: mediastinum with its vessels, upper abdomen, bones.
    static func organs() -> [PhantomShape] { mediastinum() + abdomen() + spine() + cageBones() }

    private static func mediastinum() -> [PhantomShape] {
        let aorta: [SIMD3<Float>] = [
            SIMD3(4, -14, -5), SIMD3(-12, -22, 22), SIMD3(-10, -16, 48), SIMD3(2, 0, 60), SIMD3(14, 22, 54),
            SIMD3(20, 36, 34), SIMD3(20, 44, -20), SIMD3(12, 48, -130),
        ]
        let carina = SIMD3<Float>(0, 8, 42)
        return [
            .ellipsoid(SIMD3(2, 4, 30), SIMD3(27, 66, 190), HU.fat),
            // Heart with its rim of fat, pulmonary trunk and arteries, great veins.
            .ellipsoid(SIMD3(20, -26, -38), SIMD3(64, 54, 56), HU.fat),
            .ellipsoid(SIMD3(20, -26, -38), SIMD3(61, 51, 53), HU.blood),
            .tube(SIMD3(8, -30, 2), SIMD3(14, -12, 28), (14, 13), HU.blood),
            .tube(SIMD3(14, -12, 26), SIMD3(-34, 2, 22), (12, 9), HU.blood),
            .tube(SIMD3(14, -12, 28), SIMD3(36, 6, 26), (12, 9), HU.blood),
            .tube(SIMD3(-24, -20, -10), SIMD3(-20, -20, 130), (10, 8), HU.blood),
            .tube(SIMD3(12, -24, 66), SIMD3(18, -20, 130), (6, 6), HU.blood),
            // Trachea and main bronchi: wall, then lumen.
            .tube(carina, SIMD3(0, -2, 150), (10.5, 10.5), 20), .tube(carina, SIMD3(-38, 10, 24), (8, 6.5), 20),
            .tube(carina, SIMD3(40, 10, 22), (7.5, 6), 20), .tube(carina, SIMD3(0, -2, 150), (8.5, 8.5), HU.air),
            .tube(carina, SIMD3(-38, 10, 24), (6.5, 5), HU.air), .tube(carina, SIMD3(40, 10, 22), (6, 4.5), HU.air),
        ] + PhantomShape.path(aorta, radius: 13, HU.blood) + [
            .tube(SIMD3(4, 34, -130), SIMD3(2, 24, 130), (7, 6), 35)
        ]
    }

    /// A bubble of gas in the stomach, in its wall.
    private static func abdomen() -> [PhantomShape] {
        [
            .ellipsoid(SIMD3(58, -30, -106), SIMD3(34, 26, 17), HU.muscle),
            .ellipsoid(SIMD3(58, -36, -104), SIMD3(28, 17, 12), HU.air),
        ]
    }

    private static func spine() -> [PhantomShape] {
        let levels = stride(from: Float(-150), to: 170, by: 25)
        return levels.flatMap { z -> [PhantomShape] in
            [
                .ellipsoid(SIMD3(0, 68, z), SIMD3(19, 16, 12.5), HU.cortex - 200),
                .ellipsoid(SIMD3(0, 68, z), SIMD3(17, 14, 10.5), HU.marrow),
                .tube(SIMD3(0, 86, z), SIMD3(0, 98, z - 8), (4.5, 4), HU.marrow + 150),
                .tube(SIMD3(-26, 87, z), SIMD3(26, 87, z), (4.5, 4.5), HU.marrow + 120),
                .tube(SIMD3(0, 85, z - 13), SIMD3(0, 85, z + 13), (7.5, 7.5), 25),
            ]
        }
    }

    /// Eleven pairs of ribs that fall from back to front, the sternum, and the collar bones.
    private static func cageBones() -> [PhantomShape] {
        let ribs = (0..<11).flatMap { n in [Float(-1), 1].map { rib(atSpine: 128 - 22 * Float(n), side: $0) } }
        let sternum: [SIMD3<Float>] = [SIMD3(0, -84, 62), SIMD3(0, -96, 30), SIMD3(0, -101, -60)]
        let bones = ribs + [sternum] + [Float(-1), 1].map { [SIMD3(10 * $0, -70, 78), SIMD3(120 * $0, -40, 104)] }
        return bones.flatMap { PhantomShape.path($0, radius: 5.2, HU.cortex) }
            + bones.flatMap { PhantomShape.path($0, radius: 3.6, HU.marrow) }
    }

    private static func rib(atSpine z: Float, side: Float) -> [SIMD3<Float>] {
        stride(from: Float(0.35), through: 2.65, by: 0.1).map { angle in
            // From the back (angle 0) along the side to the front (angle pi), 52 mm lower.
            let height = z - 52 * angle / Float.pi
            let cage = slice(height).cage
            return SIMD3(side * (cage.a - 3) * sin(angle), (cage.b - 3) * cos(angle), height)
        }
    }
}
