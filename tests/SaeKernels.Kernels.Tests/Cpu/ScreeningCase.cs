using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Cpu;

/// <summary>Data on which a screen could lose a latent, or must give up.</summary>
internal sealed record ScreeningCase(string Kind, int Batch, int DIn, int DSae, int K)
{
    // About one unit in the last place.
    private const float Ulp = 1e-7f;

    public float[] Input { get; init; } = [];

    public float[] WEnc { get; init; } = [];

    public float[] BEnc { get; init; } = [];

    /// <summary>Draws the data of a kind.</summary>
    public static ScreeningCase Draw(string kind, int batch, int dIn, int dSae, int k, ulong seed)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        ScreeningCase drawn = new(kind, batch, dIn, dSae, k)
        {
            Input = Normal(ref random, batch * dIn, 1),
            WEnc = Normal(ref random, dSae * dIn, 1 / Math.Sqrt(dIn)),
            BEnc = Normal(ref random, dSae, 0.05),
        };
        drawn.Change();
        return drawn;
    }

    private static float[] Normal(ref RandomSequence random, int count, double scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(scale * random.NextNormal());
        }

        return values;
    }

    private void Change()
    {
        switch (this.Kind)
        {
            case "ordinary":
                break;
            case "near ties":
                // Latents in groups of eight, a few units in the last place apart.
                Each(this.WEnc, this.DIn, (row, d) => this.WEnc[((row & ~7) * this.DIn) + d] * (1 + ((row & 7) * Ulp)));
                Array.Clear(this.BEnc);
                break;
            case "repeated rows":
                Each(this.Input, this.DIn, (_, d) => this.Input[d]);
                Each(this.WEnc, this.DIn, (row, d) => this.WEnc[(row % 50 * this.DIn) + d]);
                Array.Clear(this.BEnc);
                break;
            case "small integers":
                Each(this.Input, this.DIn, (row, d) => MathF.Round(2 * this.Input[(row * this.DIn) + d]));
                Each(this.WEnc, this.DIn, (row, d) => MathF.Round(8 * this.WEnc[(row * this.DIn) + d]));
                Array.Clear(this.BEnc);
                break;
            case "scales":
                Scale(this.Input, this.DIn, row => MathF.Pow(10, (row % 21) - 10));
                Scale(this.WEnc, this.DIn, row => MathF.Pow(10, (row % 7) - 3));
                break;
            case "outlying dimensions":
                Each(this.Input, this.DIn, (row, d) => this.Input[(row * this.DIn) + d] * (d % 61 == 3 ? 300 : 1));
                break;
            case "zeros":
                Each(this.Input, this.DIn, (row, d) => row % 3 == 0 ? 0 : this.Input[(row * this.DIn) + d]);
                Each(this.WEnc, this.DIn, (row, d) => row % 5 == 0 ? 0 : this.WEnc[(row * this.DIn) + d]);
                break;
            case "not numbers":
                SpoilRowsAndLatents();
                break;
            default:
                throw new ArgumentException($"ScreeningCase: there is no kind '{this.Kind}'.");
        }
    }

    private void SpoilRowsAndLatents()
    {
        this.Input[5] = float.NaN;
        this.Input[this.DIn] = 1e30f;
        this.Input[2 * this.DIn] = float.PositiveInfinity;
        this.Input.AsSpan(3 * this.DIn, this.DIn).Fill(1e-30f);
        this.Input.AsSpan(4 * this.DIn, this.DIn).Clear();
        this.WEnc[7 * this.DIn] = float.NaN;
        this.WEnc[11 * this.DIn] = float.NegativeInfinity;
        this.WEnc[13 * this.DIn] = 1e25f;
        this.WEnc.AsSpan(17 * this.DIn, this.DIn).Clear();
        this.WEnc.AsSpan(19 * this.DIn, this.DIn).Fill(float.Epsilon);
        this.BEnc[23] = float.NaN;
        this.BEnc[29] = float.NegativeInfinity;
        this.BEnc[31] = float.MaxValue;
    }

    private static void Scale(float[] matrix, int columns, Func<int, float> factor) =>
        Each(matrix, columns, (row, d) => matrix[(row * columns) + d] * factor(row));

    private static void Each(float[] matrix, int columns, Func<int, int, float> value)
    {
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = value(i / columns, i % columns);
        }
    }
}
