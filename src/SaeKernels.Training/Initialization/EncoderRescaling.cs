using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>Scales a tied encoder so that the first reconstructions have the right length.</summary>
/// <remarks>
/// While b_enc is zero, x̂ − b_dec grows in proportion to W_enc, and the selection does not depend on it; so the factor
/// with the least squared error on a sample is Σ⟨x̃, s⟩ / Σ‖s‖², with x̃ = x − b_dec and s = x̂ − b_dec. Overlapping
/// directions make it less than one. Gao et al. 2024 (appendix A.1) divide by the length that unit vectors come out
/// with.
/// </remarks>
internal static class EncoderRescaling
{
    private const int MostVectors = 2048;
    private const int MostEntries = 1 << 28;

    /// <summary>Scales W_enc in place.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model after <see cref="TiedInitialization"/>.</param>
    /// <param name="k">Active latents of each vector; 0 for all that are positive.</param>
    /// <param name="sample">Normalised vectors, one after another; at least one.</param>
    /// <param name="inGroups">Whether the k are the largest of as many groups of latents, not of all.</param>
    public static void Apply(
        IComputeBackend backend, SaeParameters parameters, int k, ReadOnlySpan<float> sample, bool inGroups = false)
    {
        int most = Math.Clamp(MostEntries / Math.Max(1, k), 1, MostVectors);
        float[] input = Thin(sample, parameters.WEnc.Columns, most);
        float[] output = new float[input.Length];
        Reconstruct(backend, parameters, k, inGroups, input, output);
        double product = 0;
        double square = 0;
        for (int i = 0; i < input.Length; i++)
        {
            product += (double)input[i] * output[i];
            square += (double)output[i] * output[i];
        }

        // A sample of equal vectors has nothing to say; the encoder stays.
        if (product > 0)
        {
            Scale(parameters.WEnc.Buffer, product / square);
        }
    }

    /// <summary>Takes vectors at equal distances, because a sample is in the order of the data.</summary>
    internal static float[] Thin(ReadOnlySpan<float> sample, int dIn, int mostVectors)
    {
        int vectors = sample.Length / dIn;
        int rows = Math.Min(mostVectors, vectors);
        float[] thinned = new float[rows * dIn];
        for (int row = 0; row < rows; row++)
        {
            int source = (int)((long)row * vectors / rows);
            sample.Slice(source * dIn, dIn).CopyTo(thinned.AsSpan(row * dIn));
        }

        return thinned;
    }

    /// <summary>Replaces vectors by x − b_dec and computes their reconstructions without b_dec.</summary>
    private static void Reconstruct(
        IComputeBackend backend,
        SaeParameters parameters,
        int k,
        bool inGroups,
        Span<float> vectors,
        Span<float> output)
    {
        int dIn = parameters.WEnc.Columns;
        int rows = vectors.Length / dIn;
        using RealBuffer activations = backend.AllocateReal("EncoderRescaling.Input", vectors.Length);
        using RealBuffer reconstruction = backend.AllocateReal("EncoderRescaling.Output", vectors.Length);
        using RealBuffer noBias = backend.AllocateReal("EncoderRescaling.NoBias", dIn);
        activations.Upload(vectors);
        RealMatrix centered = new(activations, rows, dIn);
        RealMatrix decoded = new(reconstruction, rows, dIn);
        backend.Center(new CenterArguments { Activations = centered, BDec = parameters.BDec, Centered = centered });
        if (k == 0)
        {
            DecodeRelu(backend, parameters, centered, decoded, noBias);
        }
        else
        {
            DecodeSelected(backend, parameters, k, inGroups, centered, decoded, noBias);
        }

        activations.Download(vectors);
        reconstruction.Download(output);
        for (int i = 0; k == 0 && i < output.Length; i++)
        {
            output[i] = vectors[i] - output[i];
        }
    }

    private static void DecodeSelected(
        IComputeBackend backend,
        SaeParameters parameters,
        int k,
        bool inGroups,
        RealMatrix centered,
        RealMatrix decoded,
        RealBuffer noBias)
    {
        using SparseCodes codes = new(backend, "EncoderRescaling.Codes", centered.Rows, centered.Rows * k);
        EncodeTopKArguments ofAll = new()
        {
            Input = centered,
            WEnc = parameters.WEnc,
            BEnc = parameters.BEnc,
            K = k,
            Codes = codes,
        };
        if (inGroups)
        {
            backend.EncodeGroupMax(new EncodeGroupMaxArguments
            {
                Input = ofAll.Input,
                WEnc = ofAll.WEnc,
                BEnc = ofAll.BEnc,
                K = k,
                Codes = codes,
            });
        }
        else
        {
            backend.EncodeTopK(ofAll);
        }

        backend.SparseDecode(new SparseDecodeArguments
        {
            Codes = codes,
            WDec = parameters.WDec,
            BDec = noBias,
            Reconstruction = decoded,
        });
    }

    /// <summary>Computes what the reconstruction leaves of the input.</summary>
    private static void DecodeRelu(
        IComputeBackend backend, SaeParameters parameters, RealMatrix centered, RealMatrix residuals, RealBuffer noBias)
    {
        using RealBuffer squares = backend.AllocateReal("EncoderRescaling.Squares", centered.Rows + 1L);
        using IntBuffer activeRows = backend.AllocateInt("EncoderRescaling.ActiveRows", parameters.WEnc.Rows);
        backend.ReluResidual(new ReluResidualArguments
        {
            Input = centered,
            WEnc = parameters.WEnc,
            BEnc = parameters.BEnc,
            WDec = parameters.WDec,
            BDec = noBias,
            Targets = centered,
            Residuals = residuals,
            RowSquaredErrors = squares,
            MeanSquaredError = new ScalarSlot(squares, centered.Rows),
            ActiveRows = activeRows,
        });
    }

    internal static void Scale(RealBuffer buffer, double factor)
    {
        double[] piece = new double[(int)Math.Min(1 << 20, buffer.Length)];
        for (long first = 0; first < buffer.Length; first += piece.Length)
        {
            Span<double> part = piece.AsSpan(0, (int)Math.Min(piece.Length, buffer.Length - first));
            buffer.Download(part, first);
            for (int i = 0; i < part.Length; i++)
            {
                part[i] *= factor;
            }

            buffer.Upload(part, first);
        }
    }
}
