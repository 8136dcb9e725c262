using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>How <see cref="LoadBatch"/> reads packs of staged numbers.</summary>
internal interface IStagedFormat
{
    static abstract TPack Load<TPack>(ArrayView<byte> source, long place)
        where TPack : unmanaged, IPack<TPack>;
}

/// <summary>IEEE float32.</summary>
internal readonly struct StagedFp32 : IStagedFormat
{
    public static TPack Load<TPack>(ArrayView<byte> source, long place)
        where TPack : unmanaged, IPack<TPack> => TPack.Load(source.Cast<float>(), place);
}

/// <summary>IEEE float16.</summary>
internal readonly struct StagedFp16 : IStagedFormat, IWord
{
    // 2⁻²⁴, the unit of subnormal numbers.
    private const float Unit = 5.9604644775390625e-8f;
    private const int MantissaShift = 13;
    private const uint ExponentOffset = (127 - 15) << 23;
    private const uint LargestExponent = 0x7F800000;

    public static TPack Load<TPack>(ArrayView<byte> source, long place)
        where TPack : unmanaged, IPack<TPack> => TPack.LoadWords<StagedFp16>(source.Cast<ushort>(), place);

    public static float ToSingle(uint bits)
    {
        uint sign = (bits & 0x8000) << 16;
        uint magnitude = bits & 0x7FFF;
        uint subnormal = Interop.FloatAsInt((int)magnitude * Unit);
        uint normal = (magnitude << MantissaShift) + ExponentOffset;
        uint special = (magnitude << MantissaShift) | LargestExponent;
        uint widened = magnitude < 0x0400 ? subnormal : magnitude < 0x7C00 ? normal : special;
        return Interop.IntAsFloat(sign | widened);
    }
}

/// <summary>bfloat16, the upper half of a float32.</summary>
internal readonly struct StagedBf16 : IStagedFormat, IWord
{
    public static TPack Load<TPack>(ArrayView<byte> source, long place)
        where TPack : unmanaged, IPack<TPack> => TPack.LoadWords<StagedBf16>(source.Cast<ushort>(), place);

    public static float ToSingle(uint bits) => Interop.IntAsFloat(bits << 16);
}
