using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>One number: for rows whose length is no multiple of four.</summary>
internal readonly struct Pack1(float x) : IPack<Pack1>
{
    private readonly float x = x;

    public static int Width => 1;

    public static Pack1 Load(ArrayView<float> source, long place) => new(source[place]);

    public static Pack1 LoadWords<TWord>(ArrayView<ushort> source, long place)
        where TWord : struct, IWord => new(TWord.ToSingle(source[place]));

    public static void Store(ArrayView<float> target, long place, Pack1 pack) => target[place] = pack.x;

    public static RoundedSquares StoreRounded<TShadow>(
        OperandView shadow, int row, int column, Pack1 pack, RoundedSquares squares)
        where TShadow : struct, IShadow => TShadow.Store(shadow, row, column, pack.x, squares);

    public static Pack1 AddScaled(Pack1 sum, float factor, Pack1 pack) => new(Fma(factor, pack.x, sum.x));

    public static Pack1 Subtract(Pack1 a, Pack1 b) => new(a.x - b.x);

    public static float AddProducts(float sum, Pack1 a, Pack1 b) => Fma(a.x, b.x, sum);

    public static float LargestMagnitude(Pack1 pack, float other)
    {
        float magnitude = IntrinsicMath.Abs(pack.x);
        return magnitude > other ? magnitude : other;
    }

    public static Pack1 Map<TFunction>(TFunction function, Pack1 a, Pack1 b, Pack1 c)
        where TFunction : struct, IPackFunction => new(function.Of(a.x, b.x, c.x));
}
