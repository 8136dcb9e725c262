using System.CommandLine;
using System.Globalization;
using SaeKernels.Data;

namespace SaeKernels.Cli;

/// <summary><c>sae synth</c>: data with known truth.</summary>
internal static class SynthCommand
{
    private const long DefaultSamples = 100_000;

    private static readonly Option<string?> Out = Options.Text(
        "--out", "FILE", "File to write, .safetensors with a manifest beside it, or .manifest.json for that alone, "
        + "which serves as data too. Required.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "synth",
        "GENERATOR --out FILE.safetensors [--samples N] [--seed S] [options]",
        "Draws data with known truth: vectors, their true codes and the true directions, with a manifest beside them.")
        .Choices(
            Bounce(),
            Sharkey(),
            SynthSaeBench(),
            Toy(),
            Sets("correlated"),
            Sets("anticorrelated"),
            Tokens(),
            Hierarchy(),
            GaussianNull())
        .Example(
            "64 directions in 32 dimensions, 3 active in each row",
            "sae synth bounce --features 64 --dim 32 --active 3 --samples 4000 --out bounce.safetensors")
        .Example(
            "a model held against the truth it was trained on",
            "sae eval --sae runs/bounce --data bounce.safetensors --truth bounce.safetensors")
        .Example(
            "nothing but the manifest: rows are drawn while they are trained on",
            "sae synth synthsaebench --samples 5000000 --out bench.manifest.json")
        .Example("the options of a generator", "sae synth sharkey --help");

    private static Verb Bounce()
    {
        Option<int?> features = Options.Number<int>("--features", "G", "Directions. Default: 64.");
        Option<int?> dim = Options.Number<int>("--dim", "D", "Width of a vector. Default: 32.");
        Option<int?> active = Options.Number<int>("--active", "A", "Directions active in each row. Default: 3.");
        Option<double?> bias = Options.Number<double>(
            "--bias", "B", "Length of a constant offset in a random direction. Default: 0.");
        return Generator(
            "bounce",
            "Exactly so many random directions are active in each row, with strengths of U(0, 1).",
            [features, dim, active, bias],
            (result, seed) => new BounceSource(
                seed,
                result.GetValue(features) ?? 64,
                result.GetValue(dim) ?? 32,
                result.GetValue(active) ?? 3,
                result.GetValue(bias) ?? 0));
    }

    private static Verb Sharkey()
    {
        SharkeyOptions standard = new();
        Option<int?> features = Options.Number<int>("--features", "G", "Directions. Default: 512.");
        Option<int?> dim = Options.Number<int>("--dim", "D", "Width of a vector. Default: 256.");
        Option<double?> active = Options.Number<double>("--active", "A", "Mean active directions a row. Default: 5.");
        Option<double?> decay = Options.Number<double>(
            "--decay", "L", "How probabilities fall from one direction to the next, above 0 to 1. Default: 0.99.");
        Option<SharkeyDecay?> mode = Options.Choice<SharkeyDecay>(
            "--decay-mode", "MODE", "multiply (u * L^g), exponent-lambda-g (u^(L*g)) or exponent-lambda-pow-g "
            + "(u^(L^g)). Default: multiply.");
        Option<bool> uncorrelated = Options.Flag("--uncorrelated", "Directions fire independently of each other.");
        Option<bool> gram = Options.Flag(
            "--gram-covariance", "Correlations from A*A' with normal A, as one restatement.");
        Option<bool> unscaled = Options.Flag(
            "--unscaled",
            "Multiply probabilities by active / features only, as the first code for --uncorrelated does.");
        Option<int?> shared = Options.Number<int>(
            "--rows-per-latent", "N", "Rows that share one draw of the correlated normal vector. Default: 1.");
        Option<bool> keepEmpty = Options.Flag("--keep-empty", "Leave rows empty in which nothing is active.");
        Option<bool> product = Options.Flag("--product-values", "Strengths are products of two draws, a known fault.");
        Option<double?> noise = Options.Number<double>("--noise", "S", "Deviation of normal noise. Default: 0.");
        return Generator(
            "sharkey",
            "Directions of falling frequency that fire together, after Sharkey et al. 2022.",
            [features, dim, active, decay, mode, uncorrelated, gram, unscaled, shared, keepEmpty, product, noise],
            (result, seed) => new SharkeySource(seed, new SharkeyOptions
            {
                Features = result.GetValue(features) ?? standard.Features,
                DIn = result.GetValue(dim) ?? standard.DIn,
                Active = result.GetValue(active) ?? standard.Active,
                Decay = result.GetValue(decay) ?? standard.Decay,
                DecayMode = result.GetValue(mode) ?? standard.DecayMode,
                Correlated = !result.GetValue(uncorrelated),
                GramCovariance = result.GetValue(gram),
                Rescale = !result.GetValue(unscaled),
                RowsPerLatent = result.GetValue(shared) ?? standard.RowsPerLatent,
                FillEmptyRows = !result.GetValue(keepEmpty),
                ProductValues = result.GetValue(product),
                Noise = result.GetValue(noise) ?? standard.Noise,
            }));
    }

    private static Verb SynthSaeBench()
    {
        SynthSaeBenchOptions standard = new();
        Option<int?> features = Options.Number<int>("--features", "G", "Directions. Default: 16384.");
        Option<int?> dim = Options.Number<int>("--dim", "D", "Width of a vector. Default: 768.");
        Option<int?> roots = Options.Number<int>("--roots", "N", "Directions that head a family. Default: 128.");
        Option<int?> children = Options.Number<int>(
            "--children", "N", "Children of a direction, one at most active, 1 to 8. Default: 4.");
        Option<int?> depth = Options.Number<int>("--depth", "N", "Generations below the roots, 0 to 8. Default: 3.");
        Option<double?> scale = Options.Number<double>(
            "--correlation-scale", "S", "Deviation of the weights of 25 shared hidden variables. Default: 0.1.");
        Option<int?> steps = Options.Number<int>(
            "--orthogonalization-steps", "N", "Steps that push directions apart. Default: 100.");
        return Generator(
            "synthsaebench",
            "Families of directions of falling frequency, correlated and nearly orthogonal: SynthSAEBench-16k.",
            [features, dim, roots, children, depth, scale, steps],
            (result, seed) => new SynthSaeBenchSource(seed, new SynthSaeBenchOptions
            {
                Features = result.GetValue(features) ?? standard.Features,
                DIn = result.GetValue(dim) ?? standard.DIn,
                Roots = result.GetValue(roots) ?? standard.Roots,
                Children = result.GetValue(children) ?? standard.Children,
                Depth = result.GetValue(depth) ?? standard.Depth,
                CorrelationScale = result.GetValue(scale) ?? standard.CorrelationScale,
                OrthogonalizationSteps = result.GetValue(steps) ?? standard.OrthogonalizationSteps,
            }));
    }

    private static Verb Toy()
    {
        Option<int?> features = Options.Number<int>("--features", "N", "Features, the width of a vector. Default: 20.");
        Option<double?> sparsity = Sparsity();
        return Generator(
            "toy",
            "Independent features that are the vector's own elements: the inputs of toy models of superposition.",
            [features, sparsity],
            (result, seed) => new FeatureSetSource(
                seed,
                FeatureSetKind.Toy,
                result.GetValue(features) ?? 20,
                members: 1,
                result.GetValue(sparsity) ?? 0.9));
    }

    private static Verb Sets(string name)
    {
        Option<int?> sets = Options.Number<int>("--sets", "N", "Sets of features. Default: 2.");
        Option<int?> members = Options.Number<int>("--members", "N", "Features in a set. Default: 2.");
        Option<double?> sparsity = Sparsity();
        bool together = name == "correlated";
        return Generator(
            name,
            together
                ? "Sets of features that are on and off together; the vector is the code itself."
                : "Sets of features of which one at most is on; the vector is the code itself.",
            [sets, members, sparsity],
            (result, seed) => new FeatureSetSource(
                seed,
                together ? FeatureSetKind.Correlated : FeatureSetKind.Anticorrelated,
                result.GetValue(sets) ?? 2,
                result.GetValue(members) ?? 2,
                result.GetValue(sparsity) ?? 0.9));
    }

    private static Verb Tokens()
    {
        TokenStreamOptions standard = new();
        Option<int?> dim = Options.Number<int>("--dim", "D", "Width of a vector. Default: 32.");
        Option<int?> document = Options.Number<int>("--document-length", "N", "Tokens of a document. Default: 128.");
        Option<double?> segment = Options.Number<double>(
            "--segment-length", "N", "Mean tokens until the context is drawn anew. Default: 16.");
        Option<double?> prose = Options.Number<double>(
            "--prose-share", "P", "Share of prose; base64, DNA, Arabic and Hebrew share the rest. Default: 0.6.");
        Option<int?> words = Options.Number<int>("--words", "N", "Words of prose. Default: 500.");
        Option<double?> fire = Options.Number<double>(
            "--fire-rate", "P", "Probability that a feature is active on a token of its context. Default: 0.5.");
        Option<double?> wrong = Options.Number<double>(
            "--false-rate", "P", "Probability that it is active elsewhere. Default: 0.01.");
        Option<double?> noise = Options.Number<double>("--noise", "S", "Deviation of normal noise. Default: 0.");
        return Generator(
            "tokens",
            "Documents of labelled tokens in five contexts, with three features planted on each; texts as .vocab.json.",
            [dim, document, segment, prose, words, fire, wrong, noise],
            (result, seed) => new TokenStreamSource(seed, new TokenStreamOptions
            {
                DIn = result.GetValue(dim) ?? standard.DIn,
                DocumentLength = result.GetValue(document) ?? standard.DocumentLength,
                SegmentLength = result.GetValue(segment) ?? standard.SegmentLength,
                ProseShare = result.GetValue(prose) ?? standard.ProseShare,
                Words = result.GetValue(words) ?? standard.Words,
                FireRate = result.GetValue(fire) ?? standard.FireRate,
                FalseRate = result.GetValue(wrong) ?? standard.FalseRate,
                Noise = result.GetValue(noise) ?? standard.Noise,
            }));
    }

    private static Verb Hierarchy()
    {
        Option<int?> parents = Options.Number<int>("--parents", "N", "Families. Default: 16.");
        Option<int?> children = Options.Number<int>("--children", "N", "Children in a family. Default: 3.");
        Option<int?> dim = Options.Number<int>("--dim", "D", "Width of a vector. Default: 32.");
        Option<double?> parentRate = Options.Number<double>(
            "--parent-rate", "P", "Probability that a parent is active. Default: 0.05.");
        Option<double?> childRate = Options.Number<double>(
            "--child-rate", "Q", "Probability that a child is active where its parent is. Default: 0.3.");
        return Generator(
            "hierarchy",
            "Families of random directions: a child is active only together with its parent.",
            [parents, children, dim, parentRate, childRate],
            (result, seed) => new HierarchySource(
                seed,
                result.GetValue(parents) ?? 16,
                result.GetValue(children) ?? 3,
                result.GetValue(dim) ?? 32,
                result.GetValue(parentRate) ?? 0.05,
                result.GetValue(childRate) ?? 0.3));
    }

    private static Verb GaussianNull()
    {
        Option<int?> dim = Options.Number<int>("--dim", "D", "Width of isotropic vectors. This or --like.");
        Option<string?> like = Options.Text(
            "--like", "PATH", "Activations whose mean and covariance the vectors get. This or --dim.");
        return Generator(
            "gaussian-null",
            "Normal vectors without any features, to hold a claim about features against.",
            [dim, like],
            (result, seed) =>
            {
                string? path = result.GetValue(like);
                int? width = result.GetValue(dim);
                if (path is null == width is null)
                {
                    throw new ArgumentException(
                        "--dim, --like: exactly one of them must be given, but "
                        + (path is null ? "none is." : "both are.") + " Write --dim 32 or --like FILE.");
                }

                if (path is null)
                {
                    return GaussianSource.Isotropic(seed, width!.Value);
                }

                using ActivationStore store = ActivationStore.Open([path]);
                OutputFile.RequireNotRead(result.GetValue(Out)!, store);
                return GaussianSource.Like(seed, store, RowSet.All(store));
            });
    }

    private static Option<double?> Sparsity() =>
        Options.Number<double>("--sparsity", "S", "Probability that a set (or feature) is off. Default: 0.9.");

    private static Verb Generator(
        string name, string summary, IReadOnlyList<Symbol> own, Func<ParseResult, ulong, SyntheticSource> create)
    {
        Option<long?> samples = Options.Number<long>("--samples", "N", "Rows. Default: 100000.");
        Option<ulong?> seed = Options.Number<ulong>("--seed", "S", "Seed of truth and rows. Default: 42.");
        return new Verb(name, "--out FILE.safetensors [options]", summary)
            .Group("Data", own)
            .Group("Output", Out, samples, seed)
            .Example(
                "100,000 rows",
                $"sae synth {name}{(name == "gaussian-null" ? " --dim 32" : "")} --out data.safetensors")
            .Run(result => Write(
                result.GetValue(Out), () => create(result, result.GetValue(seed) ?? 42),
                result.GetValue(samples) ?? DefaultSamples));
    }

    private static int Write(string? path, Func<SyntheticSource> create, long samples)
    {
        bool isManifest = path is not null && SyntheticManifest.IsManifest(path);
        if (path is null || !(isManifest || Path.GetExtension(path) == ".safetensors"))
        {
            throw new ArgumentException(
                "--out: must name a .safetensors or .manifest.json file, but "
                + (path is null ? "is missing." : $"is {path}.") + " Write --out data.safetensors.");
        }

        SyntheticSource source = create();
        string beside = source.Pieces.Count > 0 ? $"; texts {SyntheticFile.VocabularyPath(path)}" : string.Empty;
        if (isManifest)
        {
            SyntheticFile.WriteManifest(path, source, samples);
        }
        else
        {
            SyntheticFile.Write(path, source, samples);
            beside += $"; manifest {SyntheticFile.ManifestPath(path)}";
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {samples} rows of {source.DIn}, {source.Truth.Features} true directions{beside}"));
        return ExitCodes.Done;
    }
}
