using System.Runtime.CompilerServices;
using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>Eight numbers in registers: fields, because ILGPU keeps arrays in memory.</summary>
internal struct Octet
{
    public float V0;
    public float V1;
    public float V2;
    public float V3;
    public float V4;
    public float V5;
    public float V6;
    public float V7;

    /// <summary>Joins two quads of shared memory that lie <paramref name="distance"/> quads apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load(ArrayView<Quad> quads, int place, int distance)
    {
        Quad low = quads[place];
        Quad high = quads[place + distance];
        return new Octet
        {
            V0 = low.V0,
            V1 = low.V1,
            V2 = low.V2,
            V3 = low.V3,
            V4 = high.V0,
            V5 = high.V1,
            V6 = high.V2,
            V7 = high.V3,
        };
    }

    /// <summary>Returns sums + factor · values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet AddProduct(Octet sums, float factor, Octet values) => new()
    {
        V0 = Fma(factor, values.V0, sums.V0),
        V1 = Fma(factor, values.V1, sums.V1),
        V2 = Fma(factor, values.V2, sums.V2),
        V3 = Fma(factor, values.V3, sums.V3),
        V4 = Fma(factor, values.V4, sums.V4),
        V5 = Fma(factor, values.V5, sums.V5),
        V6 = Fma(factor, values.V6, sums.V6),
        V7 = Fma(factor, values.V7, sums.V7),
    };
}
