using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>A batch and an encoder, and what float32 selects from it, worked out on the host.</summary>
internal sealed class ScreeningCase
{
    public required int Batch { get; init; }

    public required int DIn { get; init; }

    public required int DSae { get; init; }

    public required int K { get; init; }

    public int AuxK { get; init; }

    public required float[] X { get; init; }

    public required float[] W { get; init; }

    public required float[] B { get; init; }

    public int[] Mask => [.. Enumerable.Range(0, this.DSae).Select(latent => latent % 3 == 1 ? 1 : 0)];

    /// <summary>Draws normal numbers.</summary>
    public static ScreeningCase Draw(int batch, int dIn, int dSae, int k, int auxK, int seed)
    {
        RandomSequence random = new((ulong)seed, RandomPurpose.General);
        return new ScreeningCase
        {
            Batch = batch,
            DIn = dIn,
            DSae = dSae,
            K = k,
            AuxK = auxK,
            X = Normals(ref random, batch * dIn),
            W = Normals(ref random, dSae * dIn),
            B = Normals(ref random, dSae),
        };
    }

    /// <summary>Encodes; returns the rows of the codes and of the auxiliary codes.</summary>
    public ((int Latent, double Value)[][] Codes, (int Latent, double Value)[][] AuxCodes) Encode(
        IComputeBackend backend)
    {
        using RealBuffer input = backend.Place("Input", this.X);
        using RealBuffer wEnc = backend.Place("WEnc", this.W);
        using RealBuffer bEnc = backend.Place("BEnc", this.B);
        using IntBuffer mask = backend.Place("AuxMask", this.Mask);
        using SparseCodes codes = new(backend, "Codes", Math.Max(1, this.Batch), Math.Max(1, this.Batch * this.K));
        using SparseCodes auxCodes =
            new(backend, "AuxCodes", Math.Max(1, this.Batch), Math.Max(1, this.Batch * this.AuxK));
        backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = new RealMatrix(input, this.Batch, this.DIn),
            WEnc = new RealMatrix(wEnc, this.DSae, this.DIn),
            BEnc = bEnc,
            K = this.K,
            Codes = codes,
            Aux = this.AuxK == 0 ? null : new AuxSelection { Mask = mask, K = this.AuxK, Codes = auxCodes },
        });
        return (codes.Read(this.Batch), this.AuxK == 0 ? [] : auxCodes.Read(this.Batch));
    }

    /// <summary>The codes that chains of fused multiply-adds give.</summary>
    public (int Latent, double Value)[][] Expected() =>
        [.. Enumerable.Range(0, this.Batch).Select(row => Select(row, this.K, _ => true))];

    /// <summary>The auxiliary codes that chains of fused multiply-adds give.</summary>
    public (int Latent, double Value)[][] ExpectedAux()
    {
        int[] mask = this.Mask;
        return this.AuxK == 0
            ? []
            : [.. Enumerable.Range(0, this.Batch).Select(row => Select(row, this.AuxK, latent => mask[latent] != 0))];
    }

    /// <summary>The canonical pre-activation.</summary>
    public float PreActivation(int row, int latent)
    {
        float sum = this.B[latent];
        for (int d = 0; d < this.DIn; d++)
        {
            sum = MathF.FusedMultiplyAdd(this.W[(latent * this.DIn) + d], this.X[(row * this.DIn) + d], sum);
        }

        return sum;
    }

    /// <summary>Rounds inputs and weights to quarters, which few bits hold.</summary>
    public ScreeningCase RoundedToQuarters()
    {
        RoundToQuarters(this.X);
        RoundToQuarters(this.W);
        RoundToQuarters(this.B);
        return this;
    }

    private static void RoundToQuarters(float[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Round(values[i] * 4) / 4;
        }
    }

    private static float[] Normals(ref RandomSequence random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        return values;
    }

    // NaN ranks first, ties go to the lowest latent.
    private (int Latent, double Value)[] Select(int row, int k, Func<int, bool> isAllowed) =>
    [
        .. Enumerable.Range(0, this.DSae)
            .Where(isAllowed)
            .Select(latent => (Latent: latent, Value: PreActivation(row, latent)))
            .OrderByDescending(entry => float.IsNaN(entry.Value))
            .ThenByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Latent)
            .Take(k)
            .OrderBy(entry => entry.Latent)
            .Select(entry => (entry.Latent, entry.Value < 0 ? 0.0 : entry.Value)),
    ];
}
