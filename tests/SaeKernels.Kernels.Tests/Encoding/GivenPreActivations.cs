using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

/// <summary>An encoder and a batch whose pre-activations are given numbers, exactly.</summary>
/// <remarks>
/// Row b is the unit vector of column b, and its numbers are the weights of that column. As 0 · ∞ is no number, a row
/// with a special number, if it is not alone, holds nothing but NaN and infinities: there x is ∞, and the weights are
/// their signs.
/// </remarks>
internal sealed class GivenPreActivations
{
    public GivenPreActivations(IComputeBackend backend, params double[][] rows)
    {
        int latents = rows[0].Length;
        double[] input = new double[rows.Length * rows.Length];
        double[] weights = new double[latents * rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            bool isSpecial = rows.Length > 1 && rows[row].Any(value => !double.IsFinite(value));
            Assert.True(!isSpecial || !rows[row].Any(double.IsFinite));
            input[(row * rows.Length) + row] = isSpecial ? double.PositiveInfinity : 1;
            for (int latent = 0; latent < latents; latent++)
            {
                double value = rows[row][latent];
                weights[(latent * rows.Length) + row] = !isSpecial ? value : double.IsNaN(value) ? 0 : Math.Sign(value);
            }
        }

        this.Input = backend.PlaceMatrix("Input", rows.Length, rows.Length, input);
        this.WEnc = backend.PlaceMatrix("WEnc", latents, rows.Length, weights);
        this.BEnc = backend.Place("BEnc", [.. Enumerable.Repeat(-0.0, latents)]);
    }

    /// <summary>Fails unless an encoder that keeps k of each row keeps these latents of one row.</summary>
    public static void Expect(
        string name,
        double[] preActivations,
        int k,
        (int, double)[] expected,
        Action<IComputeBackend, GivenPreActivations, SparseCodes> encode) => TestBackends.Use(name, backend =>
        {
            using SparseCodes codes = new(backend, "Codes", 1, k);
            encode(backend, new GivenPreActivations(backend, preActivations), codes);
            Assert.Equal(expected, codes.Read(1)[0]);
            Assert.Equal([(long)k], codes.NeededEntries.ToArray());
        });

    public RealMatrix Input { get; }

    public RealMatrix WEnc { get; }

    public RealBuffer BEnc { get; }
}
