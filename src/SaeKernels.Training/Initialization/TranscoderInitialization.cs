using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The initial weights of a transcoder: random encoder directions, and decoder directions that the data gives them.
/// </summary>
/// <remarks>
/// W_enc has random unit rows and b_enc = −W_enc·x̄, so that pre-activations begin centred. W_dec[j] is the direction
/// of Σ v · (y − b_dec) over a sample, v being the activations of latent j: what a first gradient step from zeros would
/// make of it, at unit length. A latent that no vector of the sample activates gets a random direction. At last W_enc
/// and b_enc are scaled to the least squared error, as <see cref="EncoderRescaling"/> does it. W_skip stays zero.
/// sparsify starts W_dec at zeros, with free lengths; docs/decisions/0020 compares both.
/// </remarks>
internal static class TranscoderInitialization
{
    private const int MostVectors = 8192;
    private const int MostEntries = 1 << 26;

    /// <summary>Writes the initial weights.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="plan">The run.</param>
    /// <param name="estimates">Normalised vectors of both sites, and the start of b_dec.</param>
    public static void Write(
        IComputeBackend backend, SaeParameters parameters, TrainingPlan plan, DataEstimates estimates)
    {
        int most = Math.Clamp(MostEntries / plan.K, 1, MostVectors);
        float[] inputs = EncoderRescaling.Thin(estimates.Sample, plan.DIn, most);
        float[] targets = EncoderRescaling.Thin(estimates.Targets!, plan.DOut, most);
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] -= (float)estimates.DecoderBias[i % plan.DOut];
        }

        TiedInitialization.WriteDirections([parameters.WEnc], plan.Seed, rowNorm: 1);
        parameters.BDec.Upload(estimates.DecoderBias);
        WriteEncoderBias(parameters, GeometricMedian.Mean(inputs, plan.DIn));
        using RealBuffer x = backend.AllocateReal("TranscoderInitialization.Inputs", inputs.Length);
        using RealBuffer y = backend.AllocateReal("TranscoderInitialization.Targets", targets.Length);
        x.Upload(inputs.AsSpan());
        y.Upload(targets.AsSpan());
        int rows = inputs.Length / plan.DIn;
        using SparseCodes codes = new(backend, "TranscoderInitialization.Codes", rows, rows * plan.K);
        backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = new RealMatrix(x, rows, plan.DIn),
            WEnc = parameters.WEnc,
            BEnc = parameters.BEnc,
            K = plan.K,
            Codes = codes,
        });
        WriteDecoder(
            backend, parameters, plan, codes, new RealMatrix(x, rows, plan.DIn), new RealMatrix(y, rows, plan.DOut));
        Rescale(backend, parameters, codes, targets, rows);
    }

    /// <summary>Writes b_enc = −W_enc·x̄.</summary>
    private static void WriteEncoderBias(SaeParameters parameters, double[] mean)
    {
        double[] row = new double[mean.Length];
        double[] biases = new double[parameters.WEnc.Rows];
        for (int latent = 0; latent < biases.Length; latent++)
        {
            parameters.WEnc.Buffer.Download(row, (long)latent * row.Length);
            for (int d = 0; d < row.Length; d++)
            {
                biases[latent] -= row[d] * mean[d];
            }
        }

        parameters.BEnc.Upload(biases);
    }

    /// <summary>Writes the direction of Σ v · (y − b_dec) of each latent.</summary>
    private static void WriteDecoder(
        IComputeBackend backend,
        SaeParameters parameters,
        TrainingPlan plan,
        SparseCodes codes,
        RealMatrix inputs,
        RealMatrix targets)
    {
        using LatentMajorList list = new(backend, plan.Latents, codes.Capacity);
        using RealBuffer sums = backend.AllocateReal("TranscoderInitialization.Sums", parameters.WDec.Buffer.Length);
        using RealBuffer gradBEnc = backend.AllocateReal("TranscoderInitialization.GradBEnc", plan.Latents);
        using RealBuffer norms = backend.AllocateReal("TranscoderInitialization.Norms", plan.Latents);
        using RealBuffer path = backend.AllocateReal("TranscoderInitialization.Path", plan.DIn);
        backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = inputs.Rows, Codes = codes, List = list });
        backend.LatentGradients(new LatentGradientsArguments
        {
            Inputs = new LatentGradientInputs
            {
                List = list,
                Input = inputs,
                Residuals = targets,
                ResidualScale = 1,
                ProjectDecoderGradient = false,
            },
            WEnc = parameters.WEnc,
            WDec = parameters.WDec,
            GradWDec = new RealMatrix(sums, plan.Latents, plan.DOut),
            GradBEnc = gradBEnc,
            RowSquaredNorms = norms,
            EncoderPath = path,
        });
        double[] row = new double[plan.DOut];
        for (int latent = 0; latent < plan.Latents; latent++)
        {
            sums.Download(row, (long)latent * row.Length);
            if (!row.Any(number => number != 0))
            {
                TiedInitialization.Direction(plan.Seed, latent, 1, row);
            }

            parameters.WDec.Buffer.Upload(row, (long)latent * row.Length);
        }

        backend.NormalizeRows(new NormalizeRowsArguments { Matrix = parameters.WDec });
    }

    /// <summary>Scales W_enc and b_enc by Σ⟨y − b_dec, s⟩ / Σ‖s‖², s being what the latents reconstruct.</summary>
    private static void Rescale(
        IComputeBackend backend, SaeParameters parameters, SparseCodes codes, float[] targets, int rows)
    {
        int dOut = parameters.WDec.Columns;
        using RealBuffer noBias = backend.AllocateReal("TranscoderInitialization.NoBias", dOut);
        using RealBuffer sums = backend.AllocateReal("TranscoderInitialization.Reconstruction", targets.Length);
        backend.SparseDecode(new SparseDecodeArguments
        {
            Codes = codes,
            WDec = parameters.WDec,
            BDec = noBias,
            Reconstruction = new RealMatrix(sums, rows, dOut),
        });
        float[] found = new float[targets.Length];
        sums.Download(found.AsSpan());
        double product = 0;
        double square = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            product += (double)targets[i] * found[i];
            square += (double)found[i] * found[i];
        }

        if (product > 0)
        {
            EncoderRescaling.Scale(parameters.WEnc.Buffer, product / square);
            EncoderRescaling.Scale(parameters.BEnc, product / square);
        }
    }
}
