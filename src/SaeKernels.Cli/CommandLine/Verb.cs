using System.CommandLine;

namespace SaeKernels.Cli;

/// <summary>A verb of the command, with what its help page shows: options in groups, and examples.</summary>
internal sealed class Verb : Command
{
    private readonly List<(string Title, IReadOnlyList<Symbol> Symbols)> groups = [];
    private readonly List<(string Purpose, string Line)> examples = [];

    /// <summary>Makes a verb without options.</summary>
    /// <param name="name">What is typed.</param>
    /// <param name="usage">What follows the name in the usage line.</param>
    /// <param name="summary">One sentence.</param>
    public Verb(string name, string usage, string summary)
        : base(name, summary)
    {
        this.Usage = $"sae {name} {usage}";
    }

    /// <summary>The usage line.</summary>
    public string Usage { get; private set; }

    /// <summary>The options and arguments, as the help page groups them.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<Symbol> Symbols)> Groups => this.groups;

    /// <summary>Command lines that work.</summary>
    public IReadOnlyList<(string Purpose, string Line)> Examples => this.examples;

    /// <summary>Adds options and arguments under a title.</summary>
    public Verb Group(string title, params IReadOnlyList<Symbol> symbols)
    {
        this.groups.Add((title, symbols));
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                Add(argument);
            }
            else
            {
                Add((Option)symbol);
            }
        }

        return this;
    }

    /// <summary>Adds verbs of its own, which the first word after the name chooses.</summary>
    public Verb Choices(params IReadOnlyList<Verb> verbs)
    {
        foreach (Verb verb in verbs)
        {
            verb.Usage = $"sae {this.Name}{verb.Usage["sae".Length..]}";
            Add(verb);
        }

        return this;
    }

    /// <summary>Adds an example.</summary>
    public Verb Example(string purpose, string line)
    {
        this.examples.Add((purpose, line));
        return this;
    }

    /// <summary>Sets what the verb does.</summary>
    public Verb Run(Func<ParseResult, int> action)
    {
        SetAction(action);
        return this;
    }
}
