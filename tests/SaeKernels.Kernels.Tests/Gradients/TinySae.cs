using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

/// <summary>
/// A TopK autoencoder of a few parameters, its loss and its gradients, computed by a backend's operations.
/// </summary>
internal sealed class TinySae : IDisposable
{
    private const int Batch = 6;
    private const int Dimension = 5;
    private const int Latents = 12;
    private const int K = 3;
    private const int AuxK = 2;
    private const double Variance = 3.5;
    private const ulong Seed = 9;

    private readonly IComputeBackend backend;
    private readonly double coefficient;
    private readonly double[] activations;
    private readonly SparseCodes codes;
    private readonly SparseCodes auxCodes;
    private readonly RealBuffer residuals;
    private readonly RealMatrix centered;
    private readonly RealBuffer scalars;
    private readonly double[] frozenResiduals;

    public TinySae(IComputeBackend backend, double coefficient)
    {
        this.backend = backend;
        this.coefficient = coefficient;
        RandomSequence random = new(Seed, RandomPurpose.General);
        this.activations = Normal(ref random, Batch * Dimension);
        this.Parameters = new Dictionary<string, double[]>
        {
            ["WEnc"] = Normal(ref random, Latents * Dimension),
            ["BEnc"] = Normal(ref random, Latents),
            ["WDec"] = Normal(ref random, Latents * Dimension),
            ["BDec"] = Normal(ref random, Dimension),
        };
        this.codes = new SparseCodes(backend, "Codes", Batch, Batch * K);
        this.auxCodes = new SparseCodes(backend, "AuxCodes", Batch, Batch * AuxK);
        this.residuals = backend.AllocateReal("Residuals", 2 * Batch * Dimension);
        this.centered = new RealMatrix(backend.AllocateReal("Centered", Batch * Dimension), Batch, Dimension);
        this.scalars = backend.AllocateReal("Scalars", 3);
        Forward(frozen: null);
        this.frozenResiduals = this.residuals.ToArray()[..(Batch * Dimension)];
    }

    public Dictionary<string, double[]> Parameters { get; }

    /// <summary>mean‖e‖² / V + α · auxiliary loss, with the auxiliary target of the first parameters.</summary>
    public double Loss()
    {
        Forward(this.frozenResiduals);
        double[] found = this.scalars.ToArray();
        return (found[0] / Variance) + (this.coefficient * found[1]);
    }

    public Dictionary<string, double[]> Gradients()
    {
        Forward(frozen: null);
        using LatentMajorList list = new(this.backend, Latents, this.codes.Capacity + this.auxCodes.Capacity);
        this.backend.BuildLatentMajor(new BuildLatentMajorArguments
        {
            Rows = Batch,
            Codes = this.codes,
            AuxCodes = this.auxCodes,
            List = list,
        });
        LatentGradientsArguments arguments = LatentArguments(list);
        this.backend.LatentGradients(arguments);
        RealBuffer gradBDec = this.backend.AllocateReal("GradBDec", Dimension);
        this.backend.DecoderBiasGradient(new DecoderBiasGradientArguments
        {
            Residuals = new RealMatrix(this.residuals, Batch, Dimension),
            ResidualScale = arguments.Inputs.ResidualScale,
            EncoderPath = arguments.EncoderPath,
            GradBDec = gradBDec,
        });
        return new Dictionary<string, double[]>
        {
            ["WEnc"] = arguments.GradWEnc!.Value.ToArray(),
            ["BEnc"] = arguments.GradBEnc.ToArray(),
            ["WDec"] = arguments.GradWDec!.Value.ToArray(),
            ["BDec"] = gradBDec.ToArray(),
        };
    }

    /// <summary>How far the pre-activations are from where a selection or a clipping would change.</summary>
    public double SelectionGap()
    {
        double gap = double.PositiveInfinity;
        for (int row = 0; row < Batch; row++)
        {
            double[] preActivations = [.. Enumerable.Range(0, Latents).Select(latent => PreActivation(row, latent))];
            gap = Math.Min(gap, Gap(preActivations, K));
            gap = Math.Min(gap, Gap([.. preActivations.Where((_, latent) => IsDead(latent))], AuxK));
        }

        return gap;
    }

    public void Dispose()
    {
        this.codes.Dispose();
        this.auxCodes.Dispose();
        this.residuals.Dispose();
        this.centered.Buffer.Dispose();
        this.scalars.Dispose();
    }

    private void Forward(double[]? frozen)
    {
        RealBuffer bDec = this.backend.Place("BDec", this.Parameters["BDec"]);
        RealMatrix wDec = Matrix("WDec");
        RealMatrix input = this.backend.PlaceMatrix("Activations", Batch, Dimension, this.activations);
        this.backend.Center(new CenterArguments { Activations = input, BDec = bDec, Centered = this.centered });
        this.backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = this.centered,
            WEnc = Matrix("WEnc"),
            BEnc = this.backend.Place("BEnc", this.Parameters["BEnc"]),
            K = K,
            Codes = this.codes,
            Aux = new AuxSelection
            {
                Mask = this.backend.Place("Aux.Mask", [.. Enumerable.Range(0, Latents).Select(j => IsDead(j) ? 1 : 0)]),
                K = AuxK,
                Codes = this.auxCodes,
            },
        });
        this.backend.DecodeResidual(new DecodeResidualArguments
        {
            Codes = this.codes,
            WDec = wDec,
            BDec = bDec,
            Targets = input,
            Residuals = new RealMatrix(this.residuals, Batch, Dimension),
            RowSquaredErrors = this.backend.AllocateReal("RowSquaredErrors", Batch),
            MeanSquaredError = new ScalarSlot(this.scalars, 0),
        });
        if (frozen is not null)
        {
            this.residuals.Upload(frozen);
        }

        this.backend.AuxResidual(new AuxResidualArguments
        {
            Rows = Batch,
            AuxCodes = this.auxCodes,
            WDec = wDec,
            Residuals = new RealMatrix(this.residuals, 2 * Batch, Dimension),
            Coefficient = this.coefficient,
            Loss = new ScalarSlot(this.scalars, 1),
            ResidualScale = new ScalarSlot(this.scalars, 2),
        });
    }

    private LatentGradientsArguments LatentArguments(LatentMajorList list) => new()
    {
        Inputs = new LatentGradientInputs
        {
            List = list,
            Input = this.centered,
            Residuals = new RealMatrix(this.residuals, 2 * Batch, Dimension),
            ResidualScale = -2 / (Batch * Variance),
            AuxResidualScale = new ScalarSlot(this.scalars, 2),
            ProjectDecoderGradient = false,
        },
        WEnc = Matrix("WEnc"),
        WDec = Matrix("WDec"),
        GradWEnc = this.backend.PlaceMatrix("GradWEnc", Latents, Dimension, new double[Latents * Dimension]),
        GradWDec = this.backend.PlaceMatrix("GradWDec", Latents, Dimension, new double[Latents * Dimension]),
        GradBEnc = this.backend.AllocateReal("GradBEnc", Latents),
        RowSquaredNorms = this.backend.AllocateReal("RowSquaredNorms", Latents),
        EncoderPath = this.backend.AllocateReal("EncoderPath", Dimension),
    };

    private RealMatrix Matrix(string name) =>
        this.backend.PlaceMatrix(name, Latents, Dimension, this.Parameters[name]);

    private double PreActivation(int row, int latent)
    {
        double sum = this.Parameters["BEnc"][latent];
        for (int d = 0; d < Dimension; d++)
        {
            double input = this.activations[(row * Dimension) + d] - this.Parameters["BDec"][d];
            sum += this.Parameters["WEnc"][(latent * Dimension) + d] * input;
        }

        return sum;
    }

    private static double Gap(double[] preActivations, int k)
    {
        double[] ranked = [.. preActivations.OrderDescending()];
        double betweenKeptAndPassedOver = Math.Max(0, ranked[k - 1]) - Math.Max(0, ranked[k]);
        double toClipping = ranked.Min(Math.Abs);
        return ranked[k - 1] < 0 ? toClipping : Math.Min(betweenKeptAndPassedOver, toClipping);
    }

    // Some latents are in both selections, as far as the loss is concerned; the mask is a constant.
    private static bool IsDead(int latent) => latent % 3 != 1;

    private static double[] Normal(ref RandomSequence random, int count)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.NextNormal();
        }

        return values;
    }
}
