using System.Runtime.InteropServices;
using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>Four numbers, loaded and stored as 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly struct Pack4(float x, float y, float z, float w) : IPack<Pack4>
{
    private readonly float x = x;
    private readonly float y = y;
    private readonly float z = z;
    private readonly float w = w;

    public static int Width => 4;

    public static Pack4 Load(ArrayView<float> source, long place)
    {
        ArrayView<Pack4> packs = source.Cast<Pack4>();
        return GlobalVector.Load(ref packs[place >> 2]);
    }

    public static Pack4 LoadWords<TWord>(ArrayView<ushort> source, long place)
        where TWord : struct, IWord
    {
        FourWords words = source.Cast<FourWords>()[place >> 2];
        return new Pack4(
            TWord.ToSingle(words.Lower & 0xFFFF),
            TWord.ToSingle(words.Lower >> 16),
            TWord.ToSingle(words.Upper & 0xFFFF),
            TWord.ToSingle(words.Upper >> 16));
    }

    public static void Store(ArrayView<float> target, long place, Pack4 pack)
    {
        ArrayView<Pack4> packs = target.Cast<Pack4>();
        GlobalVector.Store(ref packs[place >> 2], pack);
    }

    public static RoundedSquares StoreRounded<TShadow>(
        OperandView shadow, int row, int column, Pack4 pack, RoundedSquares squares)
        where TShadow : struct, IShadow =>
        TShadow.Store(shadow, row, column, pack.x, pack.y, pack.z, pack.w, squares);

    public static Pack4 AddScaled(Pack4 sum, float factor, Pack4 pack) => new(
        Fma(factor, pack.x, sum.x), Fma(factor, pack.y, sum.y), Fma(factor, pack.z, sum.z), Fma(factor, pack.w, sum.w));

    public static Pack4 Subtract(Pack4 a, Pack4 b) => new(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w);

    public static float AddProducts(float sum, Pack4 a, Pack4 b) =>
        Fma(a.w, b.w, Fma(a.z, b.z, Fma(a.y, b.y, Fma(a.x, b.x, sum))));

    public static float LargestMagnitude(Pack4 pack, float other) =>
        Larger(pack.w, Larger(pack.z, Larger(pack.y, Larger(pack.x, other))));

    public static Pack4 Map<TFunction>(TFunction function, Pack4 a, Pack4 b, Pack4 c)
        where TFunction : struct, IPackFunction => new(
        function.Of(a.x, b.x, c.x),
        function.Of(a.y, b.y, c.y),
        function.Of(a.z, b.z, c.z),
        function.Of(a.w, b.w, c.w));

    private static float Larger(float number, float largest)
    {
        float magnitude = IntrinsicMath.Abs(number);
        return magnitude > largest ? magnitude : largest;
    }

    [StructLayout(LayoutKind.Sequential, Size = 8)]
    private readonly struct FourWords
    {
        public readonly uint Lower;
        public readonly uint Upper;
    }
}
